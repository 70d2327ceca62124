internal import Glibc
internal import HostAccess
internal import Synchronization

/// CRIU's page server after a lazy dump: it holds the tasks and waits for somebody who fetches their pages. Nobody
/// does, because the pages are read from the frozen tasks; it is told so and ends in good order.
final class IdlePageServer: Sendable {
    /// In a network namespace of its own, so any port is free.
    static let (port, address) = (UInt16(27_000), "127.0.0.1:27000")

    private let whenDumped: @Sendable () throws -> Void
    private let failed = Mutex<(any Error)?>(nil)

    /// - Parameter whenDumped: called before the server is told to end, outside of its network namespace.
    init(_ whenDumped: @escaping @Sendable () throws -> Void) {
        self.whenDumped = whenDumped
    }

    /// What went wrong in `end`; `nil` for nothing.
    var failure: (any Error)? { self.failed.withLock { $0 } }

    /// To be called when CRIU has said that it serves, in its network namespace.
    func end(in network: PrivateNetwork) {
        do { try network.outside(self.whenDumped) } catch { self.failed.withLock { $0 = error } }
        do { try Self.close() } catch { self.failed.withLock { $0 = $0 ?? error } }
    }

    /// PS_IOV_CLOSE of CRIU's criu/page-xfer.c, as long as the longest form of such a request; an older CRIU reads the
    /// first 24 bytes.
    private static func close() throws(SystemFailure) {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw SystemFailure(errno) }
        defer { Glibc.close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = self.port.bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) }
        }
        guard connected == 0 else { throw SystemFailure(errno) }
        let request: [UInt8] = [0x23, 0x10] + [UInt8](repeating: 0, count: 30)
        guard send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw SystemFailure(errno)
        }
    }
}
