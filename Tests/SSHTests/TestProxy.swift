internal import Glibc
internal import Host
internal import Synchronization

/// A TCP proxy in front of a server, which can stop forwarding without closing, cut the connection, or end it before
/// the server's `limit`th flight of bytes arrives.
///
/// A handshake is a conversation: each of the server's flights is an answer, so each count is a phase of it.
final class TestProxy: Sendable {
    private struct State {
        var isStopped = false
        var hasCut = false
        var flights = 0
        var sockets: [Int32] = []
    }

    let port: UInt16
    private let listener: Int32
    private let limit: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - server: its port.
    ///   - limit: how many of its flights pass on each connection; the next is cut.
    /// - Throws: `Errno` where there is no port.
    init(to server: UInt16, cuttingAfter limit: Int = .max) throws {
        self.limit = limit
        (self.listener, self.port) = try loopbackListener()
        startThread(named: "proxy") { [listener, weak self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0, let peer = try? loopbackConnection(to: server) else { return }
                self?.forward(client, peer)
            }
        }
    }

    deinit {
        shutdown(self.listener, Int32(SHUT_RDWR))
        self.cut()
        close(self.listener)
    }

    /// The server's flights that have passed, of all connections.
    var flights: Int { self.state.withLock { $0.flights } }

    /// Whether a flight was held back because of the limit.
    var hasCut: Bool { self.state.withLock { $0.hasCut } }

    private var isStopped: Bool { self.state.withLock { $0.isStopped } }

    /// Keeps the connections open and lets no further byte pass.
    func stop() {
        self.state.withLock { $0.isStopped = true }
    }

    /// Closes the connections.
    func cut() {
        for socket in self.state.withLock({ $0.sockets }) { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    private func forward(_ client: Int32, _ peer: Int32) {
        self.state.withLock { $0.sockets += [client, peer] }
        startThread(named: "to server") { [weak self] in
            Self.pass(client, peer) {
                while self?.isStopped == true { usleep(10_000) }
                return true
            }
        }
        startThread(named: "to client") { [weak self] in
            var count = 0
            Self.pass(peer, client) {
                while self?.isStopped == true { usleep(10_000) }
                count += 1
                return self?.mayPass(count) ?? false
            }
        }
    }

    private func mayPass(_ flight: Int) -> Bool {
        self.state.withLock { state in
            if flight > self.limit { state.hasCut = true } else { state.flights += 1 }
            return flight <= self.limit
        }
    }

    private static func pass(_ from: Int32, _ to: Int32, _ mayPass: () -> Bool) {
        var bytes = [UInt8](repeating: 0, count: 65536)
        while case let count = recv(from, &bytes, bytes.count, 0), count > 0, mayPass() {
            guard send(to, bytes, count, Int32(MSG_NOSIGNAL)) == count else { break }
        }
        for socket in [from, to] { shutdown(socket, Int32(SHUT_RDWR)) }
    }
}
