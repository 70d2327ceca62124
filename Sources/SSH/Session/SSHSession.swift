internal import CLibSSH2
internal import Glibc
internal import Host
internal import SystemPackage

/// One authenticated connection, on which any number of programs run at once (sshd allows ten unless told otherwise).
///
/// libssh2 lets only one thread touch a session, so each session has a thread of its own; what is here only leaves
/// letters for it. The session ends with `close()`, or when neither it nor one of its programs is held any more.
package final class SSHSession: SSHTransport {
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

    package func start(_ words: [String]) async throws(HostError) -> RemoteProgram {
        let request = ProgramRequest(program: try self.commandLine(words))
        if let end = self.mailbox.post(.start(request)) { throw end }
        let ends = try await request.started.value.get()
        return RemoteProgram(request: request, ends: ends) { self.mailbox.post(.close(request)) }
    }

    /// Ends the session and everything on it, and waits until that is done.
    package func close() async {
        self.mailbox.post(.closeSession)
        await self.ended.value
    }

    static func ignorePipeSignal() {
        var action = sigaction()
        guard sigaction(SIGPIPE, nil, &action) == 0, action.__sigaction_handler.sa_handler == nil else { return }
        signal(SIGPIPE, SIG_IGN)
    }
}

/// The life of one session, on its own thread from the first byte to the last.
final class SessionThread {
    let destination: SSHDestination
    let options: SSHOptions
    let mailbox: SessionMailbox

    init(destination: SSHDestination, options: SSHOptions, mailbox: SessionMailbox) {
        self.destination = destination
        self.options = options
        self.mailbox = mailbox
    }

    /// Connects, then serves the session until it is closed or breaks.
    ///
    /// - Parameter connected: is told how connecting went.
    func run(connected: Promise<Result<Void, HostError>>) {
        let end: HostError
        do {
            end = try self.live(connected: connected)
        } catch {
            end = error
        }
        for case .start(let request) in self.mailbox.end(with: end) { request.fail(end) }
        connected.fulfil(.failure(end))
    }

    /// - Returns: why the session ended after it was connected.
    private func live(connected: Promise<Result<Void, HostError>>) throws(HostError) -> HostError {
        let descriptor = try TCPConnector(
            destination: self.destination, options: self.options, mailbox: self.mailbox
        ).connect()
        let socket = SessionSocket(descriptor: descriptor)
        let handle: SessionHandle
        do {
            handle = try SessionHandle(socket: socket)
        } catch {
            throw self.error(.unreachable, "connect", "\(error)")
        }
        let waiter = SessionWaiter(thread: self, socket: socket)
        let isTrusted = try Handshake(thread: self, waiter: waiter).perform(on: handle)
        try Authentication(thread: self, waiter: waiter, isTrusted: isTrusted).perform(on: handle)
        connected.fulfil(.success(()))
        return SessionPump(thread: self, socket: socket, handle: handle).run()
    }

    /// - Parameters:
    ///   - kind: for the exit status.
    ///   - operation: as it reads after "could not".
    ///   - cause: in words.
    /// - Returns: the error, with this session's host.
    func error(_ kind: HostError.Kind, _ operation: String, _ cause: String) -> HostError {
        HostError(kind: kind, destination: self.destination, operation: operation, cause: cause)
    }
}
