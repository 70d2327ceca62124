internal import Glibc
internal import Host

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
        let program = call.program(self.program, root: self.root, log: log, launcher: self.launcher)
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

/// One call of a runtime: its verb, its arguments, and what it needs around it.
struct RuntimeCall {
    let verb: String
    /// Comes last on the command line; `nil` where `arguments` are complete.
    let containerID: String?
    var arguments: [String] = []
    /// In messages and the name of the log.
    var shownID: String
    /// Processes of the container outlive the call and keep its streams: those are /dev/null, and the runtime's words
    /// go to a file.
    var leavesProcesses = false
    /// Where CRIU writes its log, in calls that run it.
    var criuLog: String?
    var criuConfiguration: String?
    /// `nil` waits for ever.
    var timeout: Duration?
    var onFirstOutput: (@Sendable () -> Void)?
    private var substitution: (file: String, target: String)?

    init(verb: String, containerID: String?, arguments: [String] = []) {
        self.verb = verb
        self.containerID = containerID
        self.arguments = arguments
        self.shownID = containerID ?? "-"
    }

    /// Lets the runtime see `file` where the bundle's config.json is; `nil` changes nothing.
    mutating func substitute(_ file: String?, inBundle bundle: String) {
        self.substitution = file.map { ($0, "\(bundle)/config.json") }
    }

    func program(_ runtime: String, root: String, log: String, launcher: String) -> HostProgram {
        var arguments = ["--root", root]
        if self.leavesProcesses { arguments += ["--log", log] }
        arguments += [self.verb] + self.arguments + [self.containerID].compactMap { $0 }
        if self.verb.hasPrefix("--") { arguments = [self.verb] }
        var program = HostProgram(runtime, arguments)
        if let (file, target) = self.substitution {
            program = HostProgram(launcher, [PrivateMountLauncher.verb, file, target, "--", runtime] + arguments)
        }
        program.output = self.leavesProcesses ? .discarded : .collected
        program.timeout = self.timeout
        program.onFirstOutput = self.onFirstOutput
        if let file = self.criuConfiguration {
            program.environment.append("\(CriuConfiguration.variable)=\(file)")
        }
        return program
    }
}

/// What a runtime says in its log: runc in lines such as `time="..." level=error msg="criu failed: type DUMP errno 0"`,
/// crun in plain ones.
enum RuntimeMessage {
    /// The message of the last line of level error or worse; else the last line as it stands; `nil` where nothing was
    /// said.
    static func last(in log: String) -> String? {
        let lines = log.split(separator: "\n")
        let worst = lines.last { $0.contains("level=error") || $0.contains("level=fatal") }
        guard let line = worst ?? lines.last else { return nil }
        guard let start = line.firstRange(of: "msg=") else { return String(line) }
        let message = line[start.upperBound...]
        guard message.hasPrefix("\"") else { return String(message) }
        let unquoted = try? JSONValue(parsing: Array(message.utf8)).text
        return unquoted ?? String(message)
    }
}
