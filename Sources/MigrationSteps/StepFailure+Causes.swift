internal import AgentProtocol
internal import MigrationModel
internal import SecureShell

extension StepFailure {
    /// A failure of the SSH transport, with the exit status that the manual has for it.
    init(_ error: HostError) {
        let status: ExitStatus =
            switch error.kind {
            case .unreachable, .hostKeyRefused, .authenticationRefused: .cannotConnect
            case .programRefused: .agentUnusable
            case .connectionLost, .closed: .connectionBroken
            case .timedOut: .connectionTimedOut
            }
        self.init(status, error.description)
    }

    /// An agent's refusal; a status that this program does not know counts as a broken protocol.
    init(_ refusal: AgentRefusal, at destination: SSHDestination) {
        let status = ExitStatus(rawValue: refusal.status) ?? .protocolViolated
        self.init(status, "\(destination.host): \(refusal.message)")
    }

    /// Any error below, named after what it interrupted.
    init(_ status: ExitStatus, during what: String, _ error: any Error) {
        self = (error as? StepFailure) ?? StepFailure(status, "could not \(what): \(error)")
    }
}
