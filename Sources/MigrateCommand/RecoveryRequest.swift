internal import ContainerIdentity
internal import MigrationModel

/// What `--recover` was asked for.
struct RecoveryRequest: Hashable, Sendable {
    /// Empty for every container.
    var containers: [ContainerID] = []
    /// An operator's, for the one container that is named.
    var decision: OperatorDecision?
    /// Leaves alone what is on its way to this server.
    var departuresOnly = false
    /// The process whose death is waited for; `nil` to begin at once.
    var worker: Int32?
    var timeout = Duration.seconds(30)

    static func everything(departuresOnly: Bool) -> RecoveryRequest {
        RecoveryRequest(departuresOnly: departuresOnly)
    }

    func names(_ container: ContainerID) -> Bool {
        self.containers.isEmpty || self.containers.contains(container)
    }
}
