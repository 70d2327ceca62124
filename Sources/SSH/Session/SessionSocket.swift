internal import CLibSSH2
internal import Glibc
internal import SystemPackage

/// The TCP socket of one session as libssh2 sees it, used by the session's thread alone.
///
/// What libssh2 sends is always taken whole: into the kernel, and the rest into `outbox`. libssh2 would otherwise keep
/// half a packet and refuse everything else (`LIBSSH2_ERROR_BAD_USE`) until the very call that began it was repeated,
/// which several channels and window adjustments on one session cannot promise. `hasRoom` bounds the queue.
final class SessionSocket {
    private static let outboxBound = 1 << 20

    let descriptor: Int32
    private var outbox = ByteQueue()
    /// When a byte came last, or when listening began.
    private(set) var lastHeard = SuspendingClock.now
    /// How many bytes have come. Tells whether libssh2 read anything.
    private(set) var receivedCount: UInt64 = 0
    /// Why the socket is of no more use; `nil` while it is.
    private(set) var failure: String?

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        Glibc.close(self.descriptor)
    }

    /// When ssh-agent has to have answered, with which libssh2 talks over a socket of its own.
    private var agentDeadline = SuspendingClock.now
    /// Whether it did not, as far as it was asked.
    private(set) var isAgentSilent = false

    /// Whether a channel may send more.
    var hasRoom: Bool { self.outbox.count < Self.outboxBound }
    var hasOutbox: Bool { !self.outbox.isEmpty }

    /// Starts the time of silence anew, after a time in which nobody listened.
    func beginListening() {
        self.lastHeard = SuspendingClock.now
    }

    /// Starts the time that ssh-agent has for its next answer.
    func askAgent(within patience: Duration) {
        self.agentDeadline = SuspendingClock.now + patience
    }

    /// Lets every further read and send fail, so that libssh2 frees a session without waiting for the far side.
    ///
    /// - Parameter reason: for the message, where the socket has not failed by itself before.
    func sever(because reason: String) {
        self.failure = self.failure ?? reason
        self.outbox = ByteQueue()
    }

    /// Hands the kernel as much of the outbox as it takes.
    func flush() {
        while self.failure == nil, !self.outbox.isEmpty {
            let count = self.outbox.withUnsafeBytes { self.sendNow($0) }
            guard count > 0 else { return }
            self.outbox.removeFirst(count)
        }
    }

    /// Routes the session's bytes through this object, which must outlive the session.
    ///
    /// - Parameter session: made with this object as its abstract pointer.
    static func route(_ session: OpaquePointer) {
        vz_ssh_set_transport(
            session,
            { descriptor, bytes, count, flags, abstract in
                guard let socket = SessionSocket.of(abstract) else { return -Int(EBADF) }
                if socket.descriptor == descriptor {
                    return socket.send(UnsafeRawBufferPointer(start: bytes, count: count))
                }
                return socket.withAgent(descriptor, POLLOUT) {
                    Glibc.send(descriptor, bytes, count, flags | Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
                }
            },
            { descriptor, bytes, count, flags, abstract in
                guard let socket = SessionSocket.of(abstract) else { return -Int(EBADF) }
                if socket.descriptor == descriptor { return socket.receive(bytes, count) }
                return socket.withAgent(descriptor, POLLIN) { Glibc.recv(descriptor, bytes, count, flags) }
            })
    }

    private static func of(_ abstract: UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> SessionSocket? {
        (abstract?.pointee).map { Unmanaged<SessionSocket>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Sends to ssh-agent or receives from it, when it is ready for that and before its time is over.
    ///
    /// - Returns: how many bytes, or a negative `errno` as libssh2 expects it for a failure. An end is one too: libssh2
    ///   before 1.11 would ask for ever for the rest of an answer.
    private func withAgent(_ descriptor: Int32, _ event: some BinaryInteger, _ body: () -> Int) -> Int {
        while true {
            let left = SuspendingClock.now.duration(to: self.agentDeadline)
            var polled = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            let isReady = left > .zero ? poll(&polled, 1, left.pollTimeout) : 0
            if isReady == 0 {
                self.isAgentSilent = true
                return -Int(ETIMEDOUT)
            }
            let count = isReady > 0 ? body() : -1
            if count > 0 { return count }
            if count == 0 { return -Int(ECONNRESET) }
            if errno != EINTR, errno != EAGAIN { return -Int(errno) }
        }
    }

    private func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard self.failure == nil else { return -Int(EPIPE) }
        var sent = 0
        if self.outbox.isEmpty { sent = self.sendNow(bytes) }
        if self.failure != nil { return -Int(EPIPE) }
        self.outbox.append(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
        return bytes.count
    }

    /// - Returns: how many bytes the kernel took, 0 when it takes none now.
    private func sendNow(_ bytes: UnsafeRawBufferPointer) -> Int {
        while true {
            let count = Glibc.send(self.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: return 0
            default:
                self.failure = "\(Errno(rawValue: errno))"
                return 0
            }
        }
    }

    private func receive(_ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        guard self.failure == nil else { return 0 }
        while true {
            let received = Glibc.recv(self.descriptor, bytes, count, 0)
            if received > 0 {
                self.lastHeard = SuspendingClock.now
                self.receivedCount += UInt64(received)
                return received
            }
            if received < 0, errno == EINTR { continue }
            if received < 0, errno == EAGAIN { return -Int(EAGAIN) }
            self.failure = received == 0 ? "the other side closed the connection" : "\(Errno(rawValue: errno))"
            return 0
        }
    }
}

/// Bytes on their way, first in first out; taking from the front moves an index, not the bytes.
struct ByteQueue {
    private var bytes: [UInt8] = []
    private var head = 0

    var count: Int { self.bytes.count - self.head }
    var isEmpty: Bool { self.count == 0 }

    mutating func append(_ new: UnsafeRawBufferPointer) {
        self.bytes.append(contentsOf: new)
    }

    /// Removes the first `count` bytes, which must be there.
    ///
    /// - Parameter count: how many.
    mutating func removeFirst(_ count: Int) {
        precondition(count <= self.count, "more bytes taken than there are")
        self.head += count
        if self.head == self.bytes.count {
            self.bytes.removeAll(keepingCapacity: true)
            self.head = 0
        } else if self.head > 1 << 20 {
            self.bytes.removeSubrange(..<self.head)
            self.head = 0
        }
    }

    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        self.bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[self.head...])) }
    }
}
