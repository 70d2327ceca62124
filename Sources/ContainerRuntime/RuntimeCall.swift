internal import HostAccess

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
