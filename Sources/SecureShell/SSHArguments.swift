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
            + self.left.flatMap { ["-o", $0] } + address.arguments + ["--", address.host, command]
    }

    /// Of each keyword the first counts, so what is ours to decide stands first.
    private var decided: [String] {
        let talk =
            switch self.route.options.talk {
            case .quiet: "ERROR"
            case .plain: "INFO"
            case .verbose: "DEBUG1"
            }
        var settings = [
            "LogLevel=\(talk)", "ClearAllForwardings=yes", "PermitLocalCommand=no", "RemoteCommand=none",
        ]
        // Said only where a file says otherwise: an `ssh` that reads that file knows them, and an old one may not.
        let streams = [
            ("stdinnull", "StdinNull=no"), ("sessiontype", "SessionType=default"),
            ("forkafterauthentication", "ForkAfterAuthentication=no"), ("tunnel", "Tunnel=no"),
        ]
        for (keyword, setting) in streams where self.route.says(keyword) { settings.append(setting) }
        if self.route.options.strictness == .refuse { settings.append("StrictHostKeyChecking=yes") }
        if !self.asks { settings.append("BatchMode=yes") }
        return settings
    }

    /// How much is said was decided; and standard input is the program's, whatever `-n` says.
    private var asked: [String] {
        let options = self.route.commandLine?.options ?? []
        return options.filter { option in
            !["v", "q", "n"].contains(option.letter)
                && !(option.letter == "o" && option.value?.lowercased().hasPrefix("loglevel") == true)
        }.flatMap(\.words)
    }

    /// What nobody has said, so that a dead link is found as on a connection of ours.
    private var left: [String] {
        let options = self.route.options
        var settings = ["ControlMaster=no"]
        if options.connectTimeout == nil { settings.append("ConnectTimeout=\(options.timeout.wholeSeconds)") }
        if options.signsOfLife == nil {
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
