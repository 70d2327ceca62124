internal import Container
package import HandOver
internal import SSH
internal import Transfer

extension StepFailure {
    /// A failure of the SSH transport, with the exit status that the manual has for it.
    init(_ error: HostError) {
        let status: ExitStatus =
            switch error.kind {
            case .unreachable, .optionsRefused, .beyondUs, .hostKeyRefused, .authenticationRefused: .cannotConnect
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
    package init(_ status: ExitStatus, during what: String, _ error: any Error) {
        self = (error as? StepFailure) ?? StepFailure(status, "could not \(what): \(error)")
    }
}

extension StepFailure {
    /// A failure of the configuration or of a file of this node.
    init(_ error: NodeError) {
        if case .unknownContainer = error {
            self.init(.noSuchContainer, error.description)
        } else {
            self.init(.system, error.description)
        }
    }

    /// A failure of a container of this node.
    init(_ error: HostingError) {
        let status: ExitStatus =
            switch error.kind {
            case .unknownContainer: .noSuchContainer
            case .system: .system
            case .improper, .notRunning: .improperContainer
            case .cannotStart: .cannotStart
            case .cannotStop: .cannotStopSource
            case .checkpoint: .liveMigrationFailed
            case .runtimeUnusable: .agentUnusable
            }
        self.init(status, error.description)
    }
}
