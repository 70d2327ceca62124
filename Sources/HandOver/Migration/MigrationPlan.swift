/// What was asked, made precise once, before anything is touched. Row 1 of every migration at the source.
package struct MigrationPlan: Hashable, Sendable {
    /// As QEMU's.
    package static let defaultMaxDowntime = Duration.milliseconds(300)

    package let migration: UniqueID
    package let container: ContainerID
    /// The container's id at the destination: `new_CT_ID`, or the same.
    package let destinationContainer: ContainerID
    /// `UUID=` of the container's configuration: its identity on every node, whatever its id there.
    package let identity: String
    /// Above every epoch that either node has seen for this identity; a command with a lower one is refused.
    package let epoch: UInt64
    package let kind: MigrationKind
    /// The type that was asked for, where another one is used; `nil` where the asked type is the one used.
    package let askedType: OnlineType?
    /// Whether the source's area and configuration are removed after the hand-over, and not renamed to `.migrated`.
    package let removesArea: Bool
    /// Whether a failure leaves the synced area at the destination, for the next attempt (`--keep-dst`).
    package let keepsDestination: Bool
    /// Whether the configuration said `DISABLED="yes"` before we did: then a rollback leaves it so.
    package let wasDisabled: Bool
    /// The downtime that rounds are to bring it down to (`--max-downtime`).
    package let maxDowntime: Duration
    /// Whether processor time is taken from a container that writes faster than can be sent (`--auto-converge`).
    package let autoConverges: Bool
    /// The checks that were asked to be passed over (`--nodeps`).
    package let waivedChecks: Set<CheckKeyword>
    /// Whether both nodes have the private area on the same storage, at the place that it is to have: then it is only
    /// handed over, and nobody ever makes, renames or removes it.
    package let sharesStorage: Bool
    package let places: Places

    /// The private part of a plan: what the journal keeps in its side table, so that it can be redacted.
    package struct Places: Hashable, Codable, Sendable {
        /// `[user@]host`, as it was typed.
        package let destination: String
        /// Absolute path at the source.
        package let privateArea: String
        /// Absolute path at the destination if the list item named one; `nil` leaves it to the destination's vz.conf.
        package let destinationPrivateArea: String?
        /// Likewise for the mount point (`VE_ROOT`).
        package let destinationRoot: String?
        /// The options of `--ssh`, with absolute paths, for every connection of this migration; `nil` for none. They
        /// hold no secret.
        package let sshOptions: String?

        package init(
            destination: String, privateArea: String, destinationPrivateArea: String?, destinationRoot: String?,
            sshOptions: String? = nil
        ) {
            self.destination = destination
            self.privateArea = privateArea
            self.destinationPrivateArea = destinationPrivateArea
            self.destinationRoot = destinationRoot
            self.sshOptions = sshOptions
        }
    }

    package init(
        migration: UniqueID, container: ContainerID, destinationContainer: ContainerID, identity: String,
        epoch: UInt64, kind: MigrationKind, askedType: OnlineType?, removesArea: Bool, keepsDestination: Bool,
        wasDisabled: Bool, maxDowntime: Duration = defaultMaxDowntime, autoConverges: Bool = false,
        waivedChecks: Set<CheckKeyword> = [], sharesStorage: Bool = false, places: Places
    ) {
        self.migration = migration
        self.container = container
        self.destinationContainer = destinationContainer
        self.identity = identity
        self.epoch = epoch
        self.kind = kind
        self.askedType = askedType
        self.removesArea = removesArea
        self.keepsDestination = keepsDestination
        self.wasDisabled = wasDisabled
        self.maxDowntime = maxDowntime
        self.autoConverges = autoConverges
        self.waivedChecks = waivedChecks
        self.sharesStorage = sharesStorage
        self.places = places
    }

    /// The same for a container whose area the destination has already. There is no copy then that could be kept, and
    /// its memory does not follow: once it has written to its one disk over there, its original could never go on, and
    /// while the original may, the one fence would have to stand for one node and to be down for the other.
    package func sharingStorage() -> MigrationPlan {
        var (kind, asked) = (self.kind, self.askedType)
        if case .online(let type) = self.kind, type.isLazy {
            (kind, asked) = (.online(type.withoutPostCopy), asked ?? type)
        }
        return MigrationPlan(
            migration: self.migration, container: self.container, destinationContainer: self.destinationContainer,
            identity: self.identity, epoch: self.epoch, kind: kind, askedType: asked,
            removesArea: self.removesArea, keepsDestination: false, wasDisabled: self.wasDisabled,
            maxDowntime: self.maxDowntime, autoConverges: self.autoConverges, waivedChecks: self.waivedChecks,
            sharesStorage: true, places: self.places)
    }
}
