internal import Glibc
internal import Host
internal import Synchronization
internal import SystemPackage

/// The second transport: the system's `ssh` runs once for each program, and its standard streams are the program's.
final class SystemSSH: SSHTransport {
    private let route: SSHRoute
    private let path: String
    private let running = Mutex<[SSHProcess]>([])

    init(route: SSHRoute, path: String) {
        self.route = route
        self.path = path
    }

    var destination: SSHDestination { self.route.destination }

    func start(_ words: [String]) async throws(HostError) -> RemoteProgram {
        let command = try self.commandLine(words)
        SSHSession.ignorePipeSignal()
        let request = ProgramRequest(program: command)
        let process: SSHProcess
        do {
            process = try SSHProcess(self.route, self.path, command, request)
        } catch {
            throw HostError(
                kind: .unreachable, destination: self.destination, operation: "run \(self.path)", cause: "\(error)")
        }
        self.running.withLock { $0.append(process) }
        return RemoteProgram(request: request, ends: process.ends) { process.end() }
    }

    func close() async {
        let processes = self.running.withLock { $0 }
        for process in processes { process.end() }
        for process in processes { _ = await process.request.exit.value }
    }
}

/// The arguments of the system's `ssh`: the operator's own, and what a migration decides.
struct SSHArguments {
    private let route: SSHRoute
    private let asks: Bool

    /// - Parameters:
    ///   - route: what was asked for.
    ///   - asks: whether somebody can be asked for a password.
    init(_ route: SSHRoute, asks: Bool) {
        self.route = route
        self.asks = asks
    }

    /// - Parameter command: for the far side's shell.
    /// - Returns: all of them, without the program's name.
    func words(running command: String) -> [String] {
        let address = self.route.typed
        return ["-a", "-x", "-T"] + self.decided.flatMap { ["-o", $0] } + self.asked
            + self.timeouts.flatMap { ["-o", $0] } + address.arguments + ["--", address.host, command]
    }

    /// What a migration decides. It comes first, because the first value of a keyword counts.
    private var decided: [String] {
        let verbosity =
            switch self.route.options.verbosity {
            case .quiet: "ERROR"
            case .plain: "INFO"
            case .verbose: "DEBUG1"
            }
        var settings = [
            "LogLevel=\(verbosity)", "ClearAllForwardings=yes", "PermitLocalCommand=no", "RemoteCommand=none",
        ]
        // An old `ssh` does not know these keywords, so they are given only where a file sets them.
        let streams = [
            ("stdinnull", "StdinNull=no"), ("sessiontype", "SessionType=default"),
            ("forkafterauthentication", "ForkAfterAuthentication=no"), ("tunnel", "Tunnel=no"),
        ]
        for (keyword, setting) in streams where self.route.says(keyword) { settings.append(setting) }
        if self.route.options.strictness == .refuse { settings.append("StrictHostKeyChecking=yes") }
        if !self.asks { settings.append("BatchMode=yes") }
        return settings
    }

    /// The operator's options, without those about verbosity, and without `-n`: standard input is the program's.
    private var asked: [String] {
        let options = self.route.commandLine?.options ?? []
        return options.filter { option in
            !["v", "q", "n"].contains(option.letter)
                && !(option.letter == "o" && option.value?.lowercased().hasPrefix("loglevel") == true)
        }.flatMap(\.words)
    }

    /// Timeouts that nobody has set, so that a dead link is found as on a connection of ours.
    private var timeouts: [String] {
        let options = self.route.options
        var settings = ["ControlMaster=no"]
        if options.connectTimeout == nil { settings.append("ConnectTimeout=\(options.timeout.wholeSeconds)") }
        if options.serverAlive == nil {
            settings.append("ServerAliveInterval=\(max(1, options.silenceBound.wholeSeconds / 4))")
        }
        return settings
    }
}

extension Duration {
    /// Rounded up, and at least 1.
    fileprivate var wholeSeconds: Int64 {
        let (seconds, attoseconds) = self.components
        return max(1, attoseconds > 0 ? seconds + 1 : seconds)
    }
}
