internal import CLinux
internal import Glibc
internal import HostAccess

/// A network namespace for one call, with nothing in it but the loopback device: what listens there cannot be reached
/// by anybody else of this server.
///
/// A thread that is started from within it stays in it for ever, and so does whatever that one starts. Resuming a task
/// may start one.
struct PrivateNetwork: Sendable {
    private let home: Int32

    /// Runs a body, and the programs that it starts, in a new network namespace. The thread is back in its own when
    /// this returns.
    ///
    /// - Throws: `SystemFailure` where none can be made; else what the body throws.
    static func run<Result>(_ body: (PrivateNetwork) throws -> Result) throws -> Result {
        let home = vz_private_network()
        guard home >= 0 else { throw SystemFailure(errno) }
        defer { Self.go(to: home) }
        return try body(PrivateNetwork(home: home))
    }

    /// Runs a body that may start threads: in the namespace that the thread came from.
    func outside(_ body: () throws -> Void) throws {
        let inside = vz_swap_network(self.home)
        guard inside >= 0 else { throw SystemFailure(errno) }
        defer { Self.go(to: inside) }
        try body()
    }

    private static func go(to network: Int32) {
        // A thread that cannot go there must not be used for anything else.
        precondition(vz_leave_private_network(network) == 0, "the network namespace of this process cannot be entered")
    }
}
