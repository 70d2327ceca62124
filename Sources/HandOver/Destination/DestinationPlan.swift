/// What the destination accepted: row 1 of a migration in the destination's journal.
package struct DestinationPlan: Hashable, Sendable {
    package let migration: UniqueID
    /// The container's id here.
    package let container: ContainerID
    package let identity: String
    package let epoch: UInt64
    package let kind: MigrationKind
    package let keepsArea: Bool
    /// Whether the area is here already, because the source has it on the same storage. It is never made, renamed or
    /// removed then, and its fence is the source's until the container is ours.
    package let sharesStorage: Bool
    package let places: Places

    /// Absolute paths on this node, and the configuration's text: the private part of the plan.
    package struct Places: Hashable, Codable, Sendable {
        package let privateArea: String
        /// Where the area is received, beside the place that it will have.
        package let incomingArea: String
        /// The configuration that the container will have here, complete, as it will be written at the commit.
        package let configuration: String

        package init(privateArea: String, incomingArea: String, configuration: String) {
            self.privateArea = privateArea
            self.incomingArea = incomingArea
            self.configuration = configuration
        }
    }

    package init(
        migration: UniqueID, container: ContainerID, identity: String, epoch: UInt64, kind: MigrationKind,
        keepsArea: Bool, sharesStorage: Bool = false, places: Places
    ) {
        self.migration = migration
        self.container = container
        self.identity = identity
        self.epoch = epoch
        self.kind = kind
        self.keepsArea = keepsArea
        self.sharesStorage = sharesStorage
        self.places = places
    }
}
