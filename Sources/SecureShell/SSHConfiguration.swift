internal import HostAccess

/// The values of the keywords of ssh_config(5) that hold for one destination, as `ssh -G` prints them: the files are
/// read, `Host`, `Match` and `Include` are obeyed, and the first value of each keyword has won.
struct SSHConfiguration: Hashable, Sendable {
    /// By keyword in lower case. Only keywords that add up, such as `identityfile`, have more than one value.
    private let values: [String: [String]]

    /// - Parameter output: a line a keyword, the value as it is behind one blank.
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
    ///   - subject: what is refused where `ssh` refuses.
    /// - Returns: what holds for the host.
    /// - Throws: `SSHRefusal` with the words of `ssh`, which name the file and the line.
    static func read(
        by program: String, _ options: [String], for host: String, within timeout: Duration,
        subject: String = "its configuration"
    ) throws(SSHRefusal) -> SSHConfiguration {
        // A command, as there is one later: some settings make no sense without.
        var ssh = HostProgram(program, ["-G", "-T", "-o", "RemoteCommand=none"] + options + ["--", host, "true"])
        ssh.environment = SecretQuestion.environment
        ssh.timeout = timeout
        let result: CommandResult
        do throws(HostProgramError) { result = try ssh.run() } catch {
            throw SSHRefusal("ssh does not say what it makes of \(subject): \(error)")
        }
        guard result.succeeded else { throw SSHRefusal("ssh does not take \(subject): \(Self.complaint(result))") }
        return SSHConfiguration(printed: result.standardOutput)
    }

    private static func complaint(_ result: CommandResult) -> String {
        let lines = result.errorText.split(whereSeparator: \.isNewline).filter { !$0.contains(": terminating, ") }
        return lines.isEmpty ? "it \(result.status) and said nothing" : lines.joined(separator: "; ")
    }
}
