internal import ContainerIdentity
internal import MigrationModel

/// What `--recover` was asked for.
struct RecoveryRequest: Hashable, Sendable {
    /// Empty for every container.
    var containers: [ContainerID] = []
    /// An operator's, for the one container that is named.
    var decision: OperatorDecision?
    /// Whether nobody has typed it: then nothing is said of what somebody else is at work on, or waits for its source.
    var isGuardians = false
    /// The process whose death is waited for; `nil` to begin at once.
    var worker: Int32?
    var timeout = Duration.seconds(30)

    /// What a guardian does, again and again.
    static let guardians = RecoveryRequest(isGuardians: true)

    func names(_ container: ContainerID) -> Bool {
        self.containers.isEmpty || self.containers.contains(container)
    }
}
