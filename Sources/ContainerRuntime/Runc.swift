internal import Glibc
package import HostAccess

/// runc, 1.2 or later.
package struct Runc: ContainerRuntime {
    private let program: String
    /// Where runc keeps its state.
    private let root: String
    /// Exists and is ours: runc's words about a call that may pass no descriptor on go into a file here.
    private let logs: String
    /// The program that has `PrivateMountLauncher` behind the verb `with-config`.
    private let launcher: String
    private let cancellation: ProgramCancellation?

    /// The cancellation ends the call that runs at the time; the container is then in whatever state that left.
    package init(
        program: String = "runc", root: String = "/run/runc", logs: String, launcher: String,
        cancellation: ProgramCancellation? = nil
    ) {
        self.program = program
        self.root = root
        self.logs = logs
        self.launcher = launcher
        self.cancellation = cancellation
    }

    package func version() throws(ContainerRuntimeError) -> String {
        let result = try self.run("--version", of: "-", [])
        return String(result.outputText.prefix { $0 != "\n" }.drop { !$0.isNumber })
    }

    package func state(_ id: String) throws(ContainerRuntimeError) -> ContainerState? {
        let result = try self.attempt(RuncCall(verb: "state", containerID: id))
        guard result.succeeded else {
            if result.errorText.contains("does not exist") { return nil }
            throw self.failure("state", id, result)
        }
        guard let document = try? JSONValue(parsing: result.standardOutput), let state = ContainerState(document) else {
            throw ContainerRuntimeError(
                operation: "runc state", containerID: id, message: "its answer is not understood: \(result.outputText)")
        }
        return state
    }

    package func create(
        _ id: String, bundle: String, generatedConfiguration: String?
    ) throws(ContainerRuntimeError) {
        var call = RuncCall(verb: "create", containerID: id, arguments: ["--bundle", bundle])
        call.leavesProcesses = true
        call.substitute(generatedConfiguration, inBundle: bundle)
        try self.run(call)
    }

    package func start(_ id: String) throws(ContainerRuntimeError) {
        try self.run("start", of: id, [id])
    }

    package func kill(_ id: String, signal: Int32) throws(ContainerRuntimeError) {
        try self.run("kill", of: id, [id, String(signal)])
    }

    package func pause(_ id: String) throws(ContainerRuntimeError) {
        try self.run("pause", of: id, [id])
    }

    package func resume(_ id: String) throws(ContainerRuntimeError) {
        try self.run("resume", of: id, [id])
    }

    package func delete(_ id: String, force: Bool) throws(ContainerRuntimeError) {
        let result = try self.attempt(
            RuncCall(verb: "delete", containerID: id, arguments: force ? ["--force"] : []))
        guard !result.succeeded, !result.errorText.contains("does not exist") else { return }
        throw self.failure("delete", id, result)
    }

    package func stop(_ id: String, timeout: Duration) throws(ContainerRuntimeError) {
        guard let state = try self.state(id) else { return }
        if let pid = state.pid, let process = HostProcess(pid) {
            if state.status == .running {
                try self.run("kill", of: id, [id, "TERM"])
                _ = process.waitUntilGone(timeout)
            }
            if !process.waitUntilGone(.zero) { try self.destroyTasks(id) }
        }
        try self.delete(id, force: true)
    }

    package func freezer(_ id: String) throws(ContainerRuntimeError) -> ContainerFreezer? {
        try self.stateDocument(id) { try ContainerFreezer(stateDocument: $0) }
    }

    package func cpuLimit(_ id: String) throws(ContainerRuntimeError) -> CPULimit? {
        try self.stateDocument(id) { CPULimit(stateDocument: $0) }?.flatMap { $0 }
    }

    /// Reads runc's own state of a container; `nil` where it does not know it.
    private func stateDocument<Result>(
        _ id: String, _ body: (JSONValue) throws -> Result
    ) throws(ContainerRuntimeError) -> Result? {
        let path = "\(self.root)/\(id)/state.json"
        do {
            return try body(JSONValue(parsing: SmallFile.read(path, bound: 8 << 20)))
        } catch let failure as SystemFailure where failure.code == ENOENT {
            return nil
        } catch {
            throw ContainerRuntimeError(operation: "runc", containerID: id, message: "\(path) cannot be used: \(error)")
        }
    }

    private func destroyTasks(_ id: String) throws(ContainerRuntimeError) {
        guard let freezer = try self.freezer(id) else { return }
        do {
            try freezer.destroyTasks(timeout: .seconds(10))
        } catch {
            throw ContainerRuntimeError(operation: "kill", containerID: id, message: error.description)
        }
    }

    // MARK: - Calls

    @discardableResult
    func run(_ verb: String, of id: String, _ arguments: [String]) throws(ContainerRuntimeError) -> CommandResult {
        var call = RuncCall(verb: verb, containerID: nil, arguments: arguments)
        call.shownID = id
        return try self.run(call)
    }

    @discardableResult
    func run(_ call: RuncCall) throws(ContainerRuntimeError) -> CommandResult {
        let result = try self.attempt(call)
        guard result.succeeded else { throw self.failure(call.verb, call.shownID, result, criuLog: call.criuLog) }
        return result
    }

    /// Runs it and leaves the judgement on its exit status to the caller.
    func attempt(_ call: RuncCall) throws(ContainerRuntimeError) -> CommandResult {
        let log = "\(self.logs)/runc-\(call.shownID).log"
        if call.leavesProcesses { unlink(log) }
        var program = call.program(runc: self.program, root: self.root, log: log, launcher: self.launcher)
        program.cancellation = self.cancellation
        do {
            let result = try program.run()
            guard call.leavesProcesses else { return result }
            let words = (try? SmallFile.read(log, bound: 1 << 20)) ?? []
            unlink(log)
            return CommandResult(status: result.status, standardError: words)
        } catch {
            let criuLog = call.criuLog.flatMap { access($0, F_OK) == 0 ? $0 : nil }
            throw ContainerRuntimeError(
                operation: "runc \(call.verb)", containerID: call.shownID, message: error.description, logPath: criuLog)
        }
    }

    func failure(
        _ verb: String, _ id: String, _ result: CommandResult, criuLog: String? = nil
    ) -> ContainerRuntimeError {
        let log = criuLog.map { CriuLog(path: $0) }
        let hasLog = criuLog.map { access($0, F_OK) == 0 } ?? false
        return ContainerRuntimeError(
            operation: "runc \(verb)", containerID: id,
            message: RuncMessage.last(in: result.errorText) ?? "runc \(result.status) and said nothing",
            reason: log?.reason, criuErrors: log?.errors ?? [], logPath: hasLog ? criuLog : nil)
    }
}
