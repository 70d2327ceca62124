internal import SystemPackage

/// Turns the settings that count into options of a session: the first of each keyword, all of those that add up.
struct SSHResolution {
    let destination: SSHDestination
    private(set) var options: SSHOptions
    private(set) var beyondUs: [String] = []

    private let tokens: SSHTokens
    /// The first of each keyword, in lower case.
    private let first: [String: SSHSetting]
    private let settings: [SSHSetting]

    init(typed: SSHAddress, settings: [SSHSetting], base: SSHOptions) throws(SSHRefusal) {
        let first = Dictionary(settings.map { ($0.keyword, $0) }) { first, _ in first }
        var host = typed.host
        if let name = first["hostname"] {
            host = try SSHAddress.host(in: try SSHTokens.hostName(name.value, typed: typed.host, name))
        }
        let port = first["port"].flatMap { UInt16($0.value) } ?? 22
        self.destination = SSHDestination(user: first["user"]?.value ?? "root", host: host, port: port)
        self.tokens = SSHTokens(
            typed: typed.host, destination: self.destination, keyHost: first["hostkeyalias"]?.value ?? host)
        self.first = first
        self.settings = settings
        self.options = base
        self.takeAlgorithms()
        try self.takeTimes()
        self.takeConnection()
        try self.takeHostKeys()
        try self.takeIdentities()
        self.takeAuthentication()
        self.takeTalk()
        self.takeBeyondUs()
    }

    private func value(_ keyword: String) -> String? { self.first[keyword]?.value.lowercased() }

    /// `nil` where nothing is said.
    private func isOn(_ keyword: String) -> Bool? { self.value(keyword).map { $0 != "no" && $0 != "false" } }

    private mutating func takeAlgorithms() {
        func list(_ keyword: String) -> AlgorithmList? { self.first[keyword].map { AlgorithmList(text: $0.value) } }
        self.options.ciphers = list("ciphers")
        self.options.codes = list("macs")
        self.options.keyExchanges = list("kexalgorithms")
        self.options.hostKeyAlgorithms = list("hostkeyalgorithms")
        self.options.compresses = self.isOn("compression") ?? false
    }

    private mutating func takeTimes() throws(SSHRefusal) {
        if let setting = self.first["connecttimeout"] {
            self.options.connectTimeout = try SSHSettingCheck.seconds(setting).map { .seconds($0) }
        }
        if let setting = self.first["serveraliveinterval"], let interval = try SSHSettingCheck.seconds(setting) {
            let count = self.value("serveralivecountmax").flatMap(Int.init) ?? 3
            self.options.signsOfLife = (.seconds(interval), count)
        }
    }

    private mutating func takeConnection() {
        self.options.family =
            switch self.value("addressfamily") {
            case "inet": .inet
            case "inet6": .inet6
            default: .any
            }
        self.options.bindAddress = self.first["bindaddress"]?.value
        self.options.keepsTCPAlive = self.isOn("tcpkeepalive") ?? true
    }

    private mutating func takeHostKeys() throws(SSHRefusal) {
        self.options.hostKeyAlias = self.first["hostkeyalias"]?.value
        self.options.hashesNewHosts = self.isOn("hashknownhosts") ?? false
        self.options.strictness =
            switch self.value("stricthostkeychecking") {
            case "accept-new": .add
            case "no", "false", "off": .accept
            default: .refuse
            }
        if let files = try self.paths(self.first["userknownhostsfile"]) { self.options.knownHostsFiles = files }
        if let files = try self.paths(self.first["globalknownhostsfile"]) { self.options.globalKnownHostsFiles = files }
    }

    private func paths(_ setting: SSHSetting?) throws(SSHRefusal) -> [FilePath]? {
        guard let setting else { return nil }
        var paths: [FilePath] = []
        for argument in setting.arguments where argument.lowercased() != "none" {
            paths.append(try SSHTokens.path(argument, tokens: self.tokens, setting))
        }
        return paths
    }

    private mutating func takeIdentities() throws(SSHRefusal) {
        let identities = self.settings.filter { $0.keyword == "identityfile" }
        if !identities.isEmpty {
            var files: [FilePath] = []
            for setting in identities { files += try self.paths(setting) ?? [] }
            self.options.identityFiles = files
        }
        self.options.identitiesOnly = self.isOn("identitiesonly") ?? false
        guard let agent = self.first["identityagent"], agent.value != "SSH_AUTH_SOCK" else { return }
        if agent.value.lowercased() == "none" {
            self.options.agentSocket = ""
        } else if agent.value.hasPrefix("$"), !agent.value.hasPrefix("${") {
            let variable = SSHSetting(agent.name, ["${\(agent.value.dropFirst())}"], agent.origin)
            self.options.agentSocket = try SSHTokens.path(variable.value, tokens: self.tokens, variable)
        } else {
            self.options.agentSocket = try SSHTokens.path(agent.value, tokens: self.tokens, agent)
        }
    }

    private mutating func takeAuthentication() {
        let preferred = self.value("preferredauthentications")?.split(separator: ",").map(String.init)
        func takes(_ method: String, _ keywords: String...) -> Bool {
            keywords.compactMap { self.isOn($0) }.first ?? true && preferred?.contains(method) ?? true
        }
        self.options.takesKeys = takes("publickey", "pubkeyauthentication")
        self.options.takesPasswords = takes("password", "passwordauthentication")
        self.options.takesQuestions = takes(
            "keyboard-interactive", "kbdinteractiveauthentication", "challengeresponseauthentication")
        self.options.wantsGSSAPI =
            self.isOn("gssapiauthentication") ?? false && preferred?.contains("gssapi-with-mic") ?? true
        self.options.isBatch = self.isOn("batchmode") ?? false
        self.options.passwordTries = self.value("numberofpasswordprompts").flatMap(Int.init) ?? 3
    }

    private mutating func takeTalk() {
        self.options.talk =
            switch self.value("loglevel") {
            case "quiet", "fatal", "error": .quiet
            case "verbose", "debug", "debug1", "debug2", "debug3": .verbose
            default: .plain
            }
    }

    /// GSSAPI that a file allows (Debian's does) is tried only where our keys are refused.
    private mutating func takeBeyondUs() {
        for setting in self.first.values.sorted(by: { $0.keyword < $1.keyword }) {
            switch SSHKeyword.named(setting.keyword) {
            case .external(let off):
                let isSoft = setting.keyword == "gssapiauthentication" && setting.origin.isFile
                if off.contains(setting.value.lowercased()) || isSoft { continue }
                // The one of both that is said first decides; `none` of it too.
                if setting.keyword == "proxycommand", self.isSaidBefore("proxyjump", "proxycommand") { continue }
                if setting.keyword == "proxyjump", self.isSaidBefore("proxycommand", "proxyjump") { continue }
            case .immaterial where !setting.origin.isFile: break
            default: continue
            }
            self.beyondUs.append("\(setting.name) (\(setting.origin))")
        }
    }

    private func isSaidBefore(_ keyword: String, _ other: String) -> Bool {
        self.settings.first { $0.keyword == keyword || $0.keyword == other }?.keyword == keyword
    }
}
