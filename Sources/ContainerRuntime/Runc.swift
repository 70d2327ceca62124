package import HostAccess

/// runc, 1.2 or later.
package struct Runc: RuncFamily {
    package let command: RuntimeCommand

    /// The logs are in a directory that exists and is ours; the launcher has `PrivateMountLauncher` behind the verb
    /// `with-config`. The cancellation ends the call that runs at the time; the container is then in whatever state
    /// that left.
    package init(
        program: String = "runc", root: String = "/run/runc", logs: String, launcher: String,
        cancellation: ProgramCancellation? = nil
    ) {
        self.command = RuntimeCommand(
            program: program, root: root, logs: logs, launcher: launcher, cancellation: cancellation)
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
