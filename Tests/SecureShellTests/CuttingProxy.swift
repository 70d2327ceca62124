internal import BlockingWork
internal import Glibc
internal import Synchronization

/// A TCP proxy that ends a connection before the server's `limit`th flight of bytes arrives, and counts the flights.
///
/// A handshake is a conversation: each of the server's flights is an answer, so each count is a phase of it.
final class CuttingProxy: Sendable {
    let port: UInt16
    private let listener: Int32
    private let limit: Int
    private let passed = Mutex(0)
    private let cut = Mutex(false)

    /// - Parameters:
    ///   - server: its port.
    ///   - limit: how many flights pass; the next is cut.
    /// - Throws: `Errno` where there is no port.
    init(to server: UInt16, cuttingAfter limit: Int) throws {
        self.limit = limit
        (self.listener, self.port) = try loopbackListener()
        startThread(named: "cutter") { [listener, weak self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0, let peer = try? loopbackConnection(to: server) else { return }
                self?.forward(client, peer)
            }
        }
    }

    deinit {
        shutdown(self.listener, Int32(SHUT_RDWR))
        close(self.listener)
    }

    /// Flights that have passed, of all connections.
    var flights: Int { self.passed.withLock { $0 } }

    /// Whether a flight was held back.
    var hasCut: Bool { self.cut.withLock { $0 } }

    private func forward(_ client: Int32, _ peer: Int32) {
        startThread(named: "to server") {
            Self.pass(client, peer) { true }
        }
        startThread(named: "to client") { [self] in
            var count = 0
            Self.pass(peer, client) {
                guard count < self.limit else {
                    self.cut.withLock { $0 = true }
                    return false
                }
                count += 1
                self.passed.withLock { $0 += 1 }
                return true
            }
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
