package import HandOver
internal import SSH

extension HostError: ErrorWithStatus {
    package func status(at role: NodeRole) -> ExitStatus? {
        switch self.kind {
        case .unreachable, .optionsRefused, .beyondUs, .hostKeyRefused, .authenticationRefused: .cannotConnect
        // Not for a destination that cannot be reached: an operator's word may rest on that.
        case .sshUnusable: .system
        case .programRefused: .agentUnusable
        case .connectionLost, .closed: .connectionBroken
        case .timedOut: .connectionTimedOut
        }
    }
}
