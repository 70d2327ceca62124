internal import HostAccess

extension Runc {
    package func checkpoint(
        _ id: String, _ options: CheckpointOptions, whenDumped: @escaping @Sendable () throws -> Void
    ) throws(ContainerRuntimeError) {
        var call = RuncCall(verb: "checkpoint", containerID: id)
        call.arguments = ["--image-path", options.images, "--work-path", options.work]
        call.arguments += ["--manage-cgroups-mode", CheckpointOptions.controlGroupMode]
        call.arguments += self.flags([
            ("--leave-running", options.leaveRunning), ("--tcp-established", options.tcpEstablished),
            ("--file-locks", options.fileLocks),
        ])
        guard options.leavesPages else { return try self.checkpointWhole(call, id, options, whenDumped) }
        // runc wants the write-only end of a pipe to tell that the dump is whole, which its own standard output is.
        call.arguments += ["--lazy-pages", "--page-server", IdlePageServer.address, "--status-fd", "1"]
        let server = IdlePageServer(whenDumped)
        try self.prepare(&call, id, options)
        do {
            _ = try PrivateNetwork.run { network in
                call.onFirstOutput = { server.end(in: network) }
                try self.run(call)
            }
        } catch let failure as SystemFailure {
            throw ContainerRuntimeError(
                operation: "runc checkpoint", containerID: id, message: "no network namespace can be made: \(failure)")
        } catch {
            throw (error as? ContainerRuntimeError)
                ?? ContainerRuntimeError(operation: "runc checkpoint", containerID: id, message: "\(error)")
        }
        if let failure = server.failure {
            throw ContainerRuntimeError(operation: "runc checkpoint", containerID: id, message: "\(failure)")
        }
    }

    private func checkpointWhole(
        _ call: RuncCall, _ id: String, _ options: CheckpointOptions, _ whenDumped: () throws -> Void
    ) throws(ContainerRuntimeError) {
        var call = call
        try self.prepare(&call, id, options)
        try self.run(call)
        do { try whenDumped() } catch {
            throw ContainerRuntimeError(operation: "runc checkpoint", containerID: id, message: "\(error)")
        }
    }

    private func prepare(
        _ call: inout RuncCall, _ id: String, _ options: CheckpointOptions
    ) throws(ContainerRuntimeError) {
        call.timeout = options.timeout
        call.criuLog = "\(options.work)/dump.log"
        call.criuConfiguration = try self.write(options.criu, into: options.work, for: id, leaveStopped: false)
    }

    package func restore(
        _ id: String, bundle: String, _ options: RestoreOptions
    ) throws(ContainerRuntimeError) {
        var call = RuncCall(verb: "restore", containerID: id)
        call.arguments = ["--detach", "--bundle", bundle, "--image-path", options.images, "--work-path", options.work]
        call.arguments += ["--manage-cgroups-mode", CheckpointOptions.controlGroupMode]
        call.arguments += self.flags([
            ("--tcp-established", options.tcpEstablished), ("--file-locks", options.fileLocks),
            ("--lazy-pages", options.lazyPages),
        ])
        call.leavesProcesses = true
        call.timeout = options.timeout
        call.criuLog = "\(options.work)/restore.log"
        call.criuConfiguration = try self.write(
            options.criu, into: options.work, for: id, leaveStopped: options.leaveStopped)
        call.substitute(options.generatedConfiguration, inBundle: bundle)
        try self.run(call)
    }

    private func flags(_ flags: [(name: String, isSet: Bool)]) -> [String] {
        flags.filter(\.isSet).map(\.name)
    }

    private func write(
        _ configuration: CriuConfiguration, into work: String, for id: String, leaveStopped: Bool
    ) throws(ContainerRuntimeError) -> String {
        do {
            return try configuration.write(into: work, leaveStopped: leaveStopped)
        } catch {
            throw ContainerRuntimeError(
                operation: "runc", containerID: id, message: "criu.conf cannot be written into \(work): \(error)")
        }
    }
}
