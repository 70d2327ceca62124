internal import CLinux
internal import Glibc
internal import HostAccess

/// A network namespace for one call, with nothing in it but the loopback device: what listens there cannot be reached
/// by anybody else of this server.
enum PrivateNetwork {
    /// Runs a body, and the programs that it starts, in a new network namespace. The thread is back in its own when
    /// this returns.
    ///
    /// - Throws: `SystemFailure` where none can be made; else what the body throws.
    static func run<Result>(_ body: () throws -> Result) throws -> Result {
        let home = vz_private_network()
        guard home >= 0 else { throw SystemFailure(errno) }
        defer {
            // A thread that cannot go home must not be used for anything else.
            precondition(vz_leave_private_network(home) == 0, "the network namespace of this process cannot be entered")
        }
        return try body()
    }
}
