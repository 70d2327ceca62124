extension RuncFamily {
    /// A call that dumps the container with all of its pages.
    func checkpointCall(_ id: String, _ options: CheckpointOptions) throws(ContainerRuntimeError) -> RuntimeCall {
        var call = RuntimeCall(verb: "checkpoint", containerID: id)
        call.arguments = ["--image-path", options.images, "--work-path", options.work]
        call.arguments += ["--manage-cgroups-mode", CheckpointOptions.controlGroupMode]
        call.arguments += self.flags([
            ("--leave-running", options.leaveRunning), ("--tcp-established", options.tcpEstablished),
            ("--file-locks", options.fileLocks),
        ])
        call.timeout = options.timeout
        call.criuLog = "\(options.work)/dump.log"
        call.criuConfiguration = try self.write(options.criu, into: options.work, for: id, leaveStopped: false)
        return call
    }

    func checkpointWhole(
        _ id: String, _ options: CheckpointOptions, _ whenDumped: () throws -> Void
    ) throws(ContainerRuntimeError) {
        try self.command.run(self.checkpointCall(id, options))
        do { try whenDumped() } catch { throw self.command.error("checkpoint", id, "\(error)") }
    }

    package func restore(
        _ id: String, bundle: String, _ options: RestoreOptions
    ) throws(ContainerRuntimeError) {
        var call = RuntimeCall(verb: "restore", containerID: id)
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
        try self.command.run(call)
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
            throw self.command.error("checkpoint", id, "criu.conf cannot be written into \(work): \(error)")
        }
    }
}
