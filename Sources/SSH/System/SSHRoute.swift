internal import Glibc
internal import Host
internal import SystemPackage

/// Where a destination is, how a connection of ours reaches it, and what takes the system's `ssh`: all as the options
/// of `--ssh` and the configuration files of ssh say.
struct SSHRoute: Sendable {
    let destination: SSHDestination
    private(set) var options: SSHOptions
    /// The host as it was typed. The system's `ssh` looks it up once more.
    let typed: SSHAddress
    let commandLine: SSHCommandLine?
    /// What takes the system's `ssh`, such as `ProxyJump (-J in --ssh)`; empty where a connection of ours does.
    private(set) var beyondUs: [String] = []
    let configuration: SSHConfiguration
    /// What holds where neither options nor files say anything, as this server's `ssh` has it.
    private let defaults: SSHConfiguration
    /// Whether files that would count were not read, because `ssh` is not installed.
    let lacksFiles: Bool

    /// - Parameters:
    ///   - text: `[user@]host[:port]`, as it was typed.
    ///   - commandLine: the options of `--ssh`.
    ///   - base: what is not ssh's to say: timeouts, the terminal, what was typed before.
    /// - Throws: `SSHRefusal` that names the option, or the file and the line.
    init(to text: String, _ commandLine: SSHCommandLine?, base: SSHOptions) throws(SSHRefusal) {
        let typed = try SSHAddress(parsing: text)
        let configuration: SSHConfiguration
        var defaults = SSHConfiguration([])
        let program = HostProgram.find(base.program)
        if let program {
            let options = (commandLine?.argumentsForPrinting ?? []) + typed.arguments
            configuration = try .read(by: program, options, for: typed.host, within: base.timeout)
            defaults = try .read(by: program, ["-F", "none"], for: typed.host, within: base.timeout)
        } else {
            configuration = try Self.withoutFiles(typed, commandLine)
        }
        try self.init(typed, commandLine, configuration, defaults: defaults, base: base, isRead: program != nil)
    }

    /// - Parameters:
    ///   - typed: the destination.
    ///   - commandLine: the options of `--ssh`.
    ///   - configuration: what holds.
    ///   - defaults: what would hold by itself.
    ///   - base: what is not ssh's to say.
    ///   - isRead: whether files were read.
    /// - Throws: `SSHRefusal` for a value that nothing can be done with.
    init(
        _ typed: SSHAddress, _ commandLine: SSHCommandLine?, _ configuration: SSHConfiguration,
        defaults: SSHConfiguration, base: SSHOptions, isRead: Bool
    ) throws(SSHRefusal) {
        self.typed = typed
        self.commandLine = commandLine
        self.configuration = configuration
        self.defaults = defaults
        self.options = base
        let file = commandLine?.configurationFile
        self.lacksFiles = !isRead && file == nil
        let port = configuration["port"] ?? "22"
        guard let number = UInt16(port), number > 0 else {
            throw SSHRefusal("Port \"\(port)\" is none: it takes 1 to 65535")
        }
        let isUserSaid = configuration.all("user") != defaults.all("user")
        self.destination = SSHDestination(
            user: try SSHAddress.user(in: (isUserSaid ? configuration["user"] : nil) ?? "root"),
            host: try SSHAddress.host(in: configuration["hostname"] ?? typed.host), port: number)
        if !isRead, let file, file.lowercased() != "none" { self.beyondUs.append("-F \(file) (in --ssh)") }
        self.takeAlgorithms()
        try self.takeConnection()
        self.takeHostKeys()
        self.takeIdentities()
        try self.takeAuthentication()
        self.takeVerbosity()
        self.takeBeyondUs()
    }

    /// What the options alone say, where `ssh` is not installed.
    private static func withoutFiles(
        _ typed: SSHAddress, _ commandLine: SSHCommandLine?
    ) throws(SSHRefusal) -> SSHConfiguration {
        var settings: [(keyword: String, value: String)] = []
        for setting in commandLine?.settings ?? [] {
            let isWhole = ["proxycommand", "knownhostscommand"].contains(setting.keyword)
            let words = setting.letter == "o" && !isWhole ? try SSHWords.split(setting.value) : [setting.value]
            settings.append((setting.keyword, words.joined(separator: " ")))
        }
        if let user = typed.user { settings.append(("user", user)) }
        if let port = typed.port { settings.append(("port", "\(port)")) }
        return SSHConfiguration(settings)
    }

    /// Whether the options or a file set the keyword to something else than its default.
    func says(_ keyword: String) -> Bool { self.configuration.all(keyword) != self.defaults.all(keyword) }

    private func value(_ keyword: String) -> String? { self.configuration[keyword]?.lowercased() }

    /// `nil` where the keyword has no value.
    private func isOn(_ keyword: String) -> Bool? { self.value(keyword).map { $0 != "no" && $0 != "false" } }

    /// - Returns: `nil` where the keyword has no value, or `none`.
    private func number(_ keyword: String) throws(SSHRefusal) -> Int? {
        guard let text = self.value(keyword), text != "none" else { return nil }
        guard let number = Int(text), (0...1_000_000_000).contains(number) else {
            throw SSHRefusal("\(keyword) \"\(text)\" is not a number")
        }
        return number
    }

    // MARK: - What a connection of ours does

    private mutating func takeAlgorithms() {
        func list(_ keyword: String) -> [String]? {
            guard self.says(keyword), let text = self.configuration[keyword] else { return nil }
            return text.split(separator: ",").map(String.init)
        }
        self.options.ciphers = list("ciphers")
        self.options.macs = list("macs")
        self.options.keyExchanges = list("kexalgorithms")
        self.options.hostKeyAlgorithms = list("hostkeyalgorithms")
        self.options.compresses = self.isOn("compression") ?? false
        // `ssh` prints whole lists; without it nobody knows which one changes.
        for keyword in ["ciphers", "macs", "kexalgorithms", "hostkeyalgorithms"] {
            guard let text = self.value(keyword), let first = text.first, "+-^".contains(first) else { continue }
            self.beyondUs.append("\(keyword) \(text)")
        }
    }

    private mutating func takeConnection() throws(SSHRefusal) {
        if let seconds = try self.number("connecttimeout"), seconds > 0 {
            self.options.connectTimeout = .seconds(seconds)
        }
        if let interval = try self.number("serveraliveinterval"), interval > 0 {
            self.options.serverAlive = (.seconds(interval), try self.number("serveralivecountmax") ?? 3)
        }
        self.options.family =
            switch self.value("addressfamily") {
            case "inet": .inet
            case "inet6": .inet6
            default: .any
            }
        self.options.bindAddress = self.configuration["bindaddress"]
        self.options.keepsTCPAlive = self.isOn("tcpkeepalive") ?? true
    }

    private mutating func takeHostKeys() {
        self.options.hostKeyAlias = self.configuration["hostkeyalias"]
        self.options.hashesNewHosts = self.isOn("hashknownhosts") ?? false
        self.options.strictness =
            switch self.value("stricthostkeychecking") {
            case "accept-new": .add
            case "no", "false", "off": .accept
            default: .refuse
            }
        if let files = self.files("userknownhostsfile") { self.options.knownHostsFiles = files }
        if let files = self.files("globalknownhostsfile") { self.options.globalKnownHostsFiles = files }
    }

    /// The paths of one line. `ssh -G` prints no quotes, so a word that does not begin with `/` may be the rest of a
    /// path with a blank in it.
    private mutating func files(_ keyword: String) -> [FilePath]? {
        guard let line = self.configuration[keyword] else { return nil }
        let words = line.split(separator: " ").filter { $0.lowercased() != "none" }
        let files = words.compactMap { self.path(String($0)) }
        guard files.count == words.count, files.allSatisfy(\.isAbsolute) else {
            self.beyondUs.append("\(keyword) \(line)")
            return []
        }
        return files
    }

    private mutating func takeIdentities() {
        self.options.identitiesOnly = self.isOn("identitiesonly") ?? false
        if self.says("identityfile") {
            let names = self.configuration.all("identityfile").filter { $0.lowercased() != "none" }
            self.options.identityFiles = names.compactMap { self.path($0) }
            let unclear = names.filter { self.path($0) == nil }
            self.beyondUs += unclear.map { "identityfile \($0)" }
        }
        guard let agent = self.configuration["identityagent"], agent != "SSH_AUTH_SOCK" else { return }
        if agent.lowercased() == "none" {
            self.options.agentSocket = ""
        } else if agent.hasPrefix("$") {
            // As `ssh`, we ask no agent where the variable is not set.
            let name = agent.dropFirst().filter { $0 != "{" && $0 != "}" }
            self.options.agentSocket = FilePath(getenv(String(name)).map { String(cString: $0) } ?? "")
        } else if let path = self.path(agent) {
            self.options.agentSocket = path
        } else {
            self.beyondUs.append("identityagent \(agent)")
        }
    }

    private mutating func takeAuthentication() throws(SSHRefusal) {
        let preferred = self.value("preferredauthentications")?.split(separator: ",").map(String.init)
        func takes(_ method: String, _ keywords: String...) -> Bool {
            keywords.compactMap { self.isOn($0) }.first ?? true && preferred?.contains(method) ?? true
        }
        self.options.takesKeys = takes("publickey", "pubkeyauthentication")
        self.options.takesPasswords = takes("password", "passwordauthentication")
        self.options.takesKeyboardInteractive = takes(
            "keyboard-interactive", "kbdinteractiveauthentication", "challengeresponseauthentication")
        self.options.wantsGSSAPI =
            self.isOn("gssapiauthentication") ?? false && preferred?.contains("gssapi-with-mic") ?? true
        self.options.isBatch = self.isOn("batchmode") ?? false
        self.options.passwordTries = try self.number("numberofpasswordprompts") ?? 3
    }

    private mutating func takeVerbosity() {
        let asked = self.commandLine?.settings.first { $0.keyword == "loglevel" }?.value
        self.options.verbosity =
            switch asked?.lowercased() ?? self.value("loglevel") {
            case "quiet", "fatal", "error": .quiet
            case "verbose", "debug", "debug1", "debug2", "debug3": .verbose
            default: .plain
            }
    }

    /// The path with the tokens that `ssh -G` leaves in it replaced; `nil` where only `ssh` can tell what it is.
    /// See: man 5 ssh_config, "TOKENS".
    private func path(_ text: String) -> FilePath? {
        var (path, rest) = ("", text[...])
        if rest == "~" || rest.hasPrefix("~/") { (path, rest) = (UserHome.path.string, rest.dropFirst()) }
        guard !rest.hasPrefix("~"), !rest.contains("${"), !rest.contains("\u{fffd}") else { return nil }
        while let next = rest.popFirst() {
            guard next == "%" else {
                path.append(next)
                continue
            }
            switch rest.popFirst() {
            case "%": path += "%"
            case "d": path += UserHome.path.string
            case "h": path += self.destination.host
            case "n": path += self.typed.host
            case "p": path += "\(self.destination.port)"
            case "r": path += self.destination.user
            case "u": path += UserHome.name
            default: return nil
            }
        }
        return FilePath(path)
    }

    // MARK: - What only ssh does

    /// GSSAPI that a file allows (Debian's does) is tried only where our keys are refused.
    private mutating func takeBeyondUs() {
        let asked = self.commandLine?.settings ?? []
        self.beyondUs += asked.filter { SSHKeyword.immaterial.contains($0.keyword) }.map(\.place)
        if self.options.wantsGSSAPI, let setting = asked.first(where: { $0.keyword == "gssapiauthentication" }) {
            self.beyondUs.append(setting.place)
        }
        for keyword in self.configuration.keywords where !SSHKeyword.isKnown(keyword) && self.says(keyword) {
            if self.value(keyword) == "none" { continue }
            let place = asked.first { $0.keyword == keyword }?.place
            self.beyondUs.append(place ?? "\(keyword) in the configuration of ssh")
        }
    }
}
