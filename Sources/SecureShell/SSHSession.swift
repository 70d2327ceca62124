internal import BlockingWork
internal import Glibc

/// One authenticated connection, on which any number of programs run at once (sshd allows ten unless told otherwise).
///
/// libssh2 lets only one thread touch a session, so each session has a thread of its own; what is here only leaves
/// letters for it. The session ends with `close()`, or when neither it nor one of its programs is held any more.
package final class SSHSession: Sendable {
    package let destination: SSHDestination
    private let mailbox: SessionMailbox
    private let ended: Promise<Void>

    private init(destination: SSHDestination, mailbox: SessionMailbox, ended: Promise<Void>) {
        self.destination = destination
        self.mailbox = mailbox
        self.ended = ended
    }

    deinit {
        self.mailbox.post(.closeSession)
    }

    /// Connects, verifies the host's key and authenticates.
    ///
    /// Cancelling the task ends the attempt, except while the name is being resolved. Where `SIGPIPE` would still kill
    /// the process, it is ignored from here on: a program's `input` is a pipe, and its far end may go away at any time.
    ///
    /// - Parameters:
    ///   - destination: where to.
    ///   - options: timeouts, keys and known hosts.
    /// - Returns: the session, ready to start programs.
    /// - Throws: `HostError` of any kind but `programRefused`.
    package static func connect(
        to destination: SSHDestination, options: SSHOptions = SSHOptions()
    ) async throws(HostError) -> SSHSession {
        Self.ignorePipeSignal()
        let mailbox = SessionMailbox()
        let connected = Promise<Result<Void, HostError>>()
        let ended = Promise<Void>()
        startThread(named: "ssh \(destination.host)") {
            SessionThread(destination: destination, options: options, mailbox: mailbox).run(connected: connected)
            ended.fulfil(())
        }
        let session = SSHSession(destination: destination, mailbox: mailbox, ended: ended)
        let result = await withTaskCancellationHandler {
            await connected.value
        } onCancel: {
            mailbox.post(.closeSession)
        }
        try result.get()
        return session
    }

    /// Starts a program of the other server, found by its login shell's `PATH` unless the path is absolute.
    ///
    /// - Parameter program: letters, digits and `/_.-` only, because sshd hands it to a shell.
    /// - Returns: the running program. That it does not exist shows in its exit status, 127.
    /// - Throws: `HostError` when the session has ended or the server refuses.
    package func start(program: String) async throws(HostError) -> RemoteProgram {
        guard Self.isPlain(program) else {
            throw self.error(.programRefused, "run a program", "its name is not made of letters, digits and /_.- alone")
        }
        let request = ProgramRequest(program: program)
        if let end = self.mailbox.post(.start(request)) { throw end }
        let ends = try await request.started.value.get()
        return RemoteProgram(request: request, ends: ends, session: self)
    }

    /// Ends the session and everything on it, and waits until that is done.
    package func close() async {
        self.mailbox.post(.closeSession)
        await self.ended.value
    }

    func close(_ request: ProgramRequest) {
        self.mailbox.post(.close(request))
    }

    private func error(_ kind: HostError.Kind, _ operation: String, _ cause: String) -> HostError {
        HostError(kind: kind, destination: self.destination, operation: operation, cause: cause)
    }

    private static func isPlain(_ program: String) -> Bool {
        !program.isEmpty && !program.hasPrefix("-")
            && program.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "-")...UInt8(ascii: "9"), UInt8(ascii: "_"): true  // - . / and the digits
                default: false
                }
            }
    }

    private static func ignorePipeSignal() {
        var action = sigaction()
        guard sigaction(SIGPIPE, nil, &action) == 0, action.__sigaction_handler.sa_handler == nil else { return }
        signal(SIGPIPE, SIG_IGN)
    }
}
