internal import Glibc
internal import HostAccess

/// How a runtime with the command line of runc is called on this server, and where it keeps what it knows.
package struct RuntimeCommand: Sendable {
    /// Found through PATH where it is only a name.
    let program: String
    /// Where the runtime keeps its state.
    let root: String
    /// Exists and is ours: the runtime's words about a call that may pass no descriptor on go into a file here.
    let logs: String
    /// The program that has `PrivateMountLauncher` behind the verb `with-config`.
    let launcher: String
    let cancellation: ProgramCancellation?

    @discardableResult
    func run(_ verb: String, of id: String, _ arguments: [String]) throws(ContainerRuntimeError) -> CommandResult {
        var call = RuntimeCall(verb: verb, containerID: nil, arguments: arguments)
        call.shownID = id
        return try self.run(call)
    }

    @discardableResult
    func run(_ call: RuntimeCall) throws(ContainerRuntimeError) -> CommandResult {
        let result = try self.attempt(call)
        guard result.succeeded else { throw self.failure(call.verb, call.shownID, result, criuLog: call.criuLog) }
        return result
    }

    /// Runs it and leaves the judgement on its exit status to the caller.
    func attempt(_ call: RuntimeCall) throws(ContainerRuntimeError) -> CommandResult {
        let log = "\(self.logs)/\(self.name)-\(call.shownID).log"
        if call.leavesProcesses { unlink(log) }
        var program = call.program(self.program, root: self.root, log: log, launcher: self.launcher)
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
                operation: "\(self.name) \(call.verb)", containerID: call.shownID, message: error.description,
                logPath: criuLog)
        }
    }

    func failure(
        _ verb: String, _ id: String, _ result: CommandResult, criuLog: String? = nil
    ) -> ContainerRuntimeError {
        let log = criuLog.map { CriuLog(path: $0) }
        let hasLog = criuLog.map { access($0, F_OK) == 0 } ?? false
        return ContainerRuntimeError(
            operation: "\(self.name) \(verb)", containerID: id,
            message: RuntimeMessage.last(in: result.errorText) ?? "\(self.name) \(result.status) and said nothing",
            reason: log?.reason, criuErrors: log?.errors ?? [], logPath: hasLog ? criuLog : nil)
    }

    /// A failure that is not the program's own.
    func error(_ verb: String, _ id: String, _ message: String) -> ContainerRuntimeError {
        ContainerRuntimeError(operation: "\(self.name) \(verb)", containerID: id, message: message)
    }

    /// Reads a file that the runtime keeps of a container; `nil` where it does not know it.
    func kept<Result>(
        _ file: String, of id: String, _ body: (JSONValue) throws -> Result
    ) throws(ContainerRuntimeError) -> Result? {
        let path = "\(self.root)/\(id)/\(file)"
        do {
            return try body(JSONValue(parsing: SmallFile.read(path, bound: 8 << 20)))
        } catch let failure as SystemFailure where failure.code == ENOENT {
            return nil
        } catch {
            throw ContainerRuntimeError(
                operation: self.name, containerID: id, message: "\(path) cannot be used: \(error)")
        }
    }

    /// As it is called in messages.
    var name: String { self.program.split(separator: "/").last.map(String.init) ?? self.program }
}
