internal import HostAccess

extension Runc {
    package func checkpoint(
        _ id: String, _ options: CheckpointOptions, onServing: (@Sendable () -> Void)? = nil
    ) throws(ContainerRuntimeError) {
        var call = RuncCall(verb: "checkpoint", containerID: id)
        call.arguments = ["--image-path", options.images, "--work-path", options.work]
        call.arguments += ["--manage-cgroups-mode", CheckpointOptions.controlGroupMode]
        call.arguments += self.flags([
            ("--leave-running", options.leaveRunning), ("--tcp-established", options.tcpEstablished),
            ("--file-locks", options.fileLocks), ("--pre-dump", options.preDump), ("--lazy-pages", options.lazyPages),
        ])
        if let parent = options.parentPath { call.arguments += ["--parent-path", parent] }
        if let address = options.pageServer { call.arguments += ["--page-server", address] }
        // runc wants the write-only end of a pipe, which its own standard output is.
        if onServing != nil { call.arguments += ["--status-fd", "1"] }
        call.onFirstOutput = onServing
        call.timeout = options.timeout
        call.criuLog = "\(options.work)/dump.log"
        call.criuConfiguration = try self.write(options.criu, into: options.work, for: id, leaveStopped: false)
        try self.run(call)
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
