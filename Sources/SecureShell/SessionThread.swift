internal import CLibSSH2
internal import Glibc
internal import SystemPackage

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
