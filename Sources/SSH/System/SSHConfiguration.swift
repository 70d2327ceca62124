internal import Host

/// The values of the keywords of ssh_config(5) that hold for one destination, as `ssh -G` prints them: the files are
/// read, `Host`, `Match` and `Include` are obeyed, and the first value of each keyword has won.
struct SSHConfiguration: Hashable, Sendable {
    /// As much as is kept of a program's output, in bytes.
    private static let bound = 1 << 20

    /// By keyword in lower case. Only keywords that add up, such as `identityfile`, have more than one value.
    private let values: [String: [String]]

    /// - Parameter output: of `ssh -G`: each line is a keyword, one blank and a value.
    init(printed output: [UInt8]) {
        let lines = output.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        self.init(
            lines.map { line in
                let keyword = line.prefix { $0 != " " }
                return (String(keyword), String(line.dropFirst(keyword.count + 1)))
            })
    }

    /// - Parameter settings: keywords in any case with a value each, the one that counts first.
    init(_ settings: [(keyword: String, value: String)]) {
        self.values = Dictionary(settings.map { ($0.keyword.lowercased(), [$0.value]) }, uniquingKeysWith: +)
    }

    /// Every keyword that has a value, in lower case and in order.
    var keywords: [String] { self.values.keys.sorted() }

    subscript(keyword: String) -> String? { self.values[keyword]?.first }

    func all(_ keyword: String) -> [String] { self.values[keyword] ?? [] }

    // MARK: - Asking ssh

    /// What `ssh` makes of its options and of the files that they name.
    ///
    /// - Parameters:
    ///   - program: the path of `ssh`.
    ///   - options: of `ssh`.
    ///   - host: as it was typed.
    ///   - timeout: for all of it; `Match exec` may run anything.
    ///   - subject: what `ssh` is asked about, for the refusal.
    /// - Returns: what holds for the host.
    /// - Throws: `SSHRefusal` with the words of `ssh`, which name the file and the line.
    static func read(
        by program: String, _ options: [String], for host: String, within timeout: Duration,
        subject: String = "its configuration"
    ) throws(SSHRefusal) -> SSHConfiguration {
        // `ssh` refuses some settings where no command follows.
        var ssh = HostProgram(program, ["-G", "-T", "-o", "RemoteCommand=none"] + options + ["--", host, "true"])
        ssh.environment = SecretQuestion.environment
        ssh.timeout = timeout
        let result: CommandResult
        do throws(HostProgramError) { result = try ssh.run() } catch {
            throw SSHRefusal("ssh does not say what it makes of \(subject): \(error)", isOfThisServer: true)
        }
        guard result.succeeded else { throw SSHRefusal("ssh does not take \(subject): \(Self.complaint(result))") }
        let configuration = SSHConfiguration(printed: result.standardOutput)
        // Another program than OpenSSH's may ignore -G, and what is cut off may be a ProxyJump.
        guard configuration["hostname"] != nil, result.standardOutput.count < Self.bound else {
            throw SSHRefusal(
                "\(program) -G does not print the configuration: is it OpenSSH's, and is the file short?",
                isOfThisServer: true)
        }
        return configuration
    }

    private static func complaint(_ result: CommandResult) -> String {
        let lines = result.errorText.split(whereSeparator: \.isNewline).filter { line in
            !line.contains(": terminating, ") && !SSHProcess.chatter.contains { line.hasPrefix($0) }
        }
        return lines.isEmpty ? "it \(result.status) and said nothing" : lines.joined(separator: "; ")
    }
}

/// What becomes of the keywords of ssh_config(5) here. A keyword that is in no list takes the system's `ssh`.
enum SSHKeyword {
    /// Keywords that a connection of ours obeys.
    private static let ours: Set = [
        "host", "hostname", "user", "port", "identityfile", "identitiesonly", "identityagent", "stricthostkeychecking",
        "userknownhostsfile", "globalknownhostsfile", "hostkeyalias", "hostkeyalgorithms", "ciphers", "macs",
        "kexalgorithms", "compression", "connecttimeout", "serveraliveinterval", "serveralivecountmax",
        "addressfamily", "bindaddress", "batchmode", "numberofpasswordprompts", "passwordauthentication",
        "pubkeyauthentication", "kbdinteractiveauthentication", "challengeresponseauthentication",
        "preferredauthentications", "loglevel", "hashknownhosts", "ignoreunknown", "tcpkeepalive",
        "gssapiauthentication",
    ]

    /// Keywords that do not bear upon a connection of ours, or that `ssh -G` has dealt with. Where the command line
    /// gives one, the system's `ssh` connects.
    static let immaterial: Set = [
        "addkeystoagent", "canonicaldomains", "canonicalizefallbacklocal", "canonicalizehostname",
        "canonicalizemaxdots", "canonicalizepermittedcnames", "casignaturealgorithms", "clearallforwardings",
        "controlmaster", "controlpath", "controlpersist", "enableescapecommandline", "enablesshkeysign", "escapechar",
        "exitonforwardfailure", "fingerprinthash", "forwardx11timeout", "forwardx11trusted", "gatewayports",
        "gssapiclientidentity", "gssapidelegatecredentials", "gssapikexalgorithms", "gssapikeyexchange",
        "gssapirenewalforcesrekey", "gssapiserveridentity", "gssapitrustdns", "hostbasedacceptedalgorithms", "ipqos",
        "logverbose", "obscurekeystroketiming", "permitremoteopen", "securitykeyprovider", "streamlocalbindmask",
        "streamlocalbindunlink", "syslogfacility", "tag", "updatehostkeys", "visualhostkey", "warnweakcrypto",
        "xauthlocation",
    ]

    /// Keywords that make no sense for a migration, with the values that switch them off. The command line refuses
    /// them; where a file says them they are passed over.
    static let senseless: [String: Set<String>] = {
        let names = [
            "forwardagent", "forwardx11", "dynamicforward", "localforward", "remoteforward", "tunnel", "tunneldevice",
            "permitlocalcommand", "localcommand", "remotecommand", "requesttty", "sendenv", "setenv", "sessiontype",
            "stdinnull", "forkafterauthentication",
        ]
        let others = ["tunneldevice": "any:any", "requesttty": "auto", "sessiontype": "default"]
        return Dictionary(
            uniqueKeysWithValues: names.map { ($0, Set(["no", "false", "none"] + [others[$0]].compactMap { $0 })) })
    }()

    /// Whether a connection of ours can be made whatever is said of the keyword.
    static func isKnown(_ keyword: String) -> Bool {
        Self.ours.contains(keyword) || Self.immaterial.contains(keyword) || Self.senseless[keyword] != nil
    }
}
