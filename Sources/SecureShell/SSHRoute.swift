internal import SystemPackage

/// What the command line and the configuration files of ssh come to for one destination: where it leads, how, and what
/// only the system's `ssh` can do about it.
struct SSHRoute {
    let destination: SSHDestination
    let options: SSHOptions
    /// The host as it was typed, which `ssh` looks up once more by itself.
    let typed: SSHAddress
    let commandLine: SSHCommandLine?
    /// Such as `ProxyJump (-J in --ssh)`; empty where a connection of ours does it.
    let beyondUs: [String]
    /// Keywords that are said somewhere, in lower case: nothing else is said to `ssh` of them.
    let said: Set<String>
    /// Keywords that stand in a file, in lower case, also where the line does not count as far as we can tell.
    let mentioned: Set<String>

    /// - Parameters:
    ///   - text: `[user@]host[:port]`, as it was typed.
    ///   - commandLine: the options of `--ssh`.
    ///   - base: what is not ssh's to say: timeouts, the terminal, what was typed before.
    /// - Throws: `SSHRefusal` that names the option, or the file and the line.
    init(to text: String, _ commandLine: SSHCommandLine?, base: SSHOptions) throws(SSHRefusal) {
        let typed = try SSHAddress(parsing: text)
        var known = try commandLine?.settings() ?? []
        if let user = typed.user { known.append(SSHSetting("User", [user], .destination)) }
        if let port = typed.port { known.append(SSHSetting("Port", ["\(port)"], .destination)) }
        var reader = SSHConfigurationReader(host: typed.host, settings: known)
        try Self.readFiles(commandLine?.configurationFile, &reader)
        let resolved = try SSHResolution(typed: typed, settings: reader.settings, base: base)
        self.destination = resolved.destination
        self.options = resolved.options
        self.typed = typed
        self.commandLine = commandLine
        self.beyondUs = reader.undecided + resolved.beyondUs
        self.said = Set(reader.settings.map(\.keyword))
        self.mentioned = reader.mentioned
    }

    /// The user's file before the system's, or the one that `-F` names in the place of both.
    private static func readFiles(
        _ named: String?, _ reader: inout SSHConfigurationReader
    ) throws(SSHRefusal) {
        let (users, systems) = (UserHome.path.appending(".ssh"), FilePath("/etc/ssh"))
        guard let named else {
            try reader.read(users.appending("config"), includesFrom: users, isUsers: true, mustExist: false)
            try reader.read(systems.appending("ssh_config"), includesFrom: systems, isUsers: false, mustExist: false)
            return
        }
        if named.lowercased() == "none" { return }
        let setting = SSHSetting("-F", [named], .option("-F"))
        let file = try SSHTokens.path(named, tokens: nil, setting)
        try reader.read(file, includesFrom: users, isUsers: false, mustExist: true)
    }
}
