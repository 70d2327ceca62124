package import HandOver

/// What a command line asks for, once it is known to make sense.
package struct MigrationRequest: Sendable {
    /// As it was typed.
    package var destinationText: String
    /// The options of `--ssh`, for every connection; `nil` for none.
    package var sshOptions: String?
    package var items: [ContainerListItem]
    /// `nil` for a migration without `--online`.
    package var online: OnlineType?
    package var copies = false
    package var starts = true
    /// `nil` leaves it to `REMOVEMIGRATED`.
    package var removesArea: Bool?
    package var keepsDestination = false
    /// How long a silent destination is waited for.
    package var timeout = Duration.seconds(30)
    /// `nil` goes by the container's size.
    package var freezeTimeout: Duration?
    /// What rounds aim at (`--max-downtime`).
    package var maxDowntime = MigrationPlan.defaultMaxDowntime
    package var autoConverges = false
    /// What `--nodeps` names.
    package var waivedChecks: Set<CheckKeyword> = []
    /// How many at once.
    package var jobs = 1
    /// `nil` for no limit.
    package var bytesPerSecond: UInt64?
    /// `nil` for a migration that is meant.
    package var dryRunMode: DryRunMode?

    package init(to destination: String, _ items: [ContainerListItem]) {
        (self.destinationText, self.items) = (destination, items)
    }

    /// `--dry-run`.
    package enum DryRunMode: Hashable, Sendable {
        case plain
        case withTrialDump
    }
}

/// One item of the container list: `CT_ID[:new_CT_ID[:private[:root]]]`; an empty field is an absent one.
package struct ContainerListItem: Hashable, Sendable {
    /// A container's id as it was typed: its id here, its UUID, or its NAME.
    package let container: ContainerID
    /// `nil` for the id that it has here.
    package let newContainer: ContainerID?
    package let destinationPrivateArea: String?
    package let destinationRoot: String?

    package init(
        _ container: ContainerID, as newContainer: ContainerID? = nil, privateArea: String? = nil, root: String? = nil
    ) {
        self.container = container
        self.newContainer = newContainer
        self.destinationPrivateArea = privateArea
        self.destinationRoot = root
    }
}

/// What `--recover` was asked for.
package struct RecoveryRequest: Hashable, Sendable {
    /// Empty for every container.
    package var containers: [ContainerID] = []
    /// An operator's, for the one container that is named.
    package var decision: OperatorDecision?
    /// Whether nobody has typed it: then nothing is said of what somebody else is at work on, or waits for its source.
    package var isGuardians = false

    package init(containers: [ContainerID] = [], decision: OperatorDecision? = nil) {
        (self.containers, self.decision) = (containers, decision)
    }

    /// What a guardian does, again and again.
    package static let guardians = {
        var request = RecoveryRequest()
        request.isGuardians = true
        return request
    }()

    package func names(_ container: ContainerID) -> Bool {
        self.containers.isEmpty || self.containers.contains(container)
    }
}
