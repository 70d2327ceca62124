package import HandOver
internal import SSH

extension HostError: ErrorWithStatus {
    package func status(at role: NodeRole) -> ExitStatus? {
        switch self.kind {
        case .unreachable, .optionsRefused, .beyondUs, .hostKeyRefused, .authenticationRefused: .cannotConnect
        case .programRefused: .agentUnusable
        case .connectionLost, .closed: .connectionBroken
        case .timedOut: .connectionTimedOut
        }
    }
}
