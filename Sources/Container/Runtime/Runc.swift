internal import CLinux
internal import Glibc
internal import Host
internal import Synchronization

/// runc, 1.2 or later.
package struct Runc: RuncFamily {
    package let command: RuntimeCommand

    /// The logs are in a directory that exists and is ours; the launcher has `PrivateMountLauncher` behind the verb
    /// `with-config`.
    package init(
        program: String = "runc", root: String = "/run/runc", logs: String, launcher: String
    ) {
        self.command = RuntimeCommand(program: program, root: root, logs: logs, launcher: launcher)
    }

    package var leavesPages: Bool { true }

    package func checkpointObstacle(leavingPages: Bool) -> String? { nil }

    package func freezer(_ id: String) throws(ContainerRuntimeError) -> ContainerFreezer? {
        try self.command.kept("state.json", of: id) { try ContainerFreezer(stateDocument: $0) }
    }

    package func cpuLimit(_ id: String) throws(ContainerRuntimeError) -> CPULimit? {
        try self.command.kept("state.json", of: id) { CPULimit(stateDocument: $0) }?.flatMap { $0 }
    }

    package func checkpoint(
        _ id: String, _ options: CheckpointOptions, whenDumped: @escaping @Sendable () throws -> Void
    ) throws(ContainerRuntimeError) {
        guard options.leavesPages else { return try self.checkpointWhole(id, options, whenDumped) }
        var call = try self.checkpointCall(id, options)
        // runc wants the write-only end of a pipe to tell that the dump is whole, which its own standard output is.
        call.arguments += ["--lazy-pages", "--page-server", IdlePageServer.address, "--status-fd", "1"]
        let server = IdlePageServer(whenDumped)
        do {
            _ = try PrivateNetwork.run { network in
                call.onFirstOutput = { server.end(in: network) }
                try self.command.run(call)
            }
        } catch let failure as SystemFailure {
            throw self.command.error("checkpoint", id, "no network namespace can be made: \(failure)")
        } catch {
            throw (error as? ContainerRuntimeError) ?? self.command.error("checkpoint", id, "\(error)")
        }
        if let failure = server.failure { throw self.command.error("checkpoint", id, "\(failure)") }
    }
}

/// CRIU's page server after a lazy dump: it holds the tasks and waits for somebody who fetches their pages. Nobody
/// does, because the pages are read from the frozen tasks; it is told so and ends in good order.
final class IdlePageServer: Sendable {
    /// It runs in a network namespace of its own, so any port is free.
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
