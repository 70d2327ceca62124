internal import SystemPackage

/// One program that was asked for: what both the caller and the session's thread hold of it.
final class ProgramRequest: Sendable {
    /// Our caller's ends of the two pipes.
    struct Ends: Sendable {
        let input: FileDescriptor
        let output: FileDescriptor
    }

    let program: String
    let started = Promise<Result<Ends, HostError>>()
    let exit = Promise<RemoteExit>()
    let errors = ErrorTail()

    init(program: String) {
        self.program = program
    }

    /// Tells whoever waits, for the start or for the end, that there will be none.
    ///
    /// - Parameter error: why.
    func fail(_ error: HostError) {
        self.started.fulfil(.failure(error))
        self.exit.fulfil(.lost(error))
    }
}
