internal import Glibc
internal import Host

/// A runtime that is called as runc is. What one of them has of its own, its type says.
package protocol RuncFamily: ContainerRuntime {
    var command: RuntimeCommand { get }
}

extension RuncFamily {
    package func version() throws(ContainerRuntimeError) -> String {
        let result = try self.command.run("--version", of: "-", [])
        return String(result.outputText.prefix { $0 != "\n" }.drop { !$0.isNumber })
    }

    package func state(_ id: String) throws(ContainerRuntimeError) -> ContainerState? {
        let result = try self.command.attempt(RuntimeCall(verb: "state", containerID: id))
        guard result.succeeded else {
            if self.isUnknown(id, result) { return nil }
            throw self.command.failure("state", id, result)
        }
        guard let document = try? JSONValue(parsing: result.standardOutput), let state = ContainerState(document) else {
            throw self.command.error("state", id, "its answer is not understood: \(result.outputText)")
        }
        return state
    }

    package func create(
        _ id: String, bundle: String, generatedConfiguration: String?
    ) throws(ContainerRuntimeError) {
        var call = RuntimeCall(verb: "create", containerID: id, arguments: ["--bundle", bundle])
        call.leavesProcesses = true
        call.substitute(generatedConfiguration, inBundle: bundle)
        try self.command.run(call)
    }

    package func start(_ id: String) throws(ContainerRuntimeError) {
        try self.command.run("start", of: id, [id])
    }

    package func delete(_ id: String, force: Bool) throws(ContainerRuntimeError) {
        let result = try self.command.attempt(
            RuntimeCall(verb: "delete", containerID: id, arguments: force ? ["--force"] : []))
        guard !result.succeeded, !self.isUnknown(id, result) else { return }
        throw self.command.failure("delete", id, result)
    }

    package func stop(_ id: String, timeout: Duration) throws(ContainerRuntimeError) {
        guard let state = try self.state(id) else { return }
        if let pid = state.pid, let process = HostProcess(pid) {
            if state.status == .running {
                try self.command.run("kill", of: id, [id, "TERM"])
                _ = process.waitUntilGone(timeout)
            }
            if !process.waitUntilGone(.zero) { try self.destroyTasks(id) }
        }
        try self.delete(id, force: true)
    }

    private func destroyTasks(_ id: String) throws(ContainerRuntimeError) {
        guard let freezer = try self.freezer(id) else { return }
        do {
            try freezer.destroyTasks(timeout: .seconds(10))
        } catch {
            throw ContainerRuntimeError(operation: "kill", containerID: id, message: error.description)
        }
    }

    /// What was cut off before a runtime had noted it is not known to it either; crun says so in other words.
    func isUnknown(_ id: String, _ result: CommandResult) -> Bool {
        result.errorText.contains("does not exist") || result.errorText.contains("/\(id)/status`: No such file")
    }
}

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
