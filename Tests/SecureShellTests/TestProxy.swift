internal import BlockingWork
internal import Glibc
internal import Synchronization

/// A TCP proxy in front of a server, which can stop forwarding without closing, or cut the connection.
final class TestProxy: Sendable {
    private struct State {
        var isStopped = false
        var sockets: [Int32] = []
    }

    let port: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    init(to server: UInt16) throws {
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
        for (from, to) in [(client, peer), (peer, client)] {
            startThread(named: "proxy pipe") { [weak self] in
                var bytes = [UInt8](repeating: 0, count: 65536)
                while true {
                    let count = recv(from, &bytes, bytes.count, 0)
                    guard count > 0 else { break }
                    while self?.state.withLock({ $0.isStopped }) == true { usleep(10_000) }
                    guard send(to, bytes, count, Int32(MSG_NOSIGNAL)) == count else { break }
                }
                shutdown(to, Int32(SHUT_RDWR))
            }
        }
    }
}
