/// The options of `--ssh`, read as ssh(1) reads its own command line.
///
/// A value is known to make sense as far as that can be told without a file or a server. It holds no secret: what could
/// carry one is refused, and never repeated.
package struct SSHCommandLine: Hashable, Sendable, CustomStringConvertible {
    /// One letter, with its value where it takes one.
    struct Option: Hashable, Sendable {
        let letter: Character
        let value: String?

        var words: [String] { ["-\(self.letter)"] + (self.value.map { [$0] } ?? []) }
    }

    private(set) var options: [Option] = []

    /// - Parameters:
    ///   - text: what follows `--ssh`.
    ///   - directory: absolute; where paths that do not begin with `/` begin. A recovery has another one, so it is
    ///     written into the options here.
    /// - Throws: `SSHRefusal` with the option that makes no sense.
    package init(parsing text: String, in directory: String) throws(SSHRefusal) {
        var words = try SSHWords.split(text)[...]
        while let word = words.popFirst() {
            guard word.hasPrefix("-"), word != "-", word != "--" else {
                let what = word == "--" ? "what follows -- in --ssh" : "\(Self.shown(word)) in --ssh"
                throw SSHRefusal("\(what) is no option: the destination's host name is not to be given there")
            }
            try self.read(word.dropFirst(), &words)
        }
        self.options = self.options.map { Self.placed($0, in: directory) }
        _ = try self.settings()
    }

    /// The options as they are read back, with every path absolute.
    package var description: String { self.arguments.map(SSHWords.quoted).joined(separator: " ") }

    /// For the system's `ssh`. How much is said is decided here.
    var arguments: [String] { self.options.flatMap(\.words) }

    /// The letters of one word: flags may stand together, and the first that takes a value takes the rest.
    private mutating func read(_ letters: Substring, _ words: inout ArraySlice<String>) throws(SSHRefusal) {
        var letters = letters
        while let letter = letters.popFirst() {
            if let reason = Self.senseless[letter] { throw SSHRefusal("-\(letter) in --ssh is refused: \(reason)") }
            if Self.flags.contains(letter) {
                self.options.append(Option(letter: letter, value: nil))
            } else if Self.valued[letter] != nil || letter == "o" || letter == "F" {
                guard let value = letters.isEmpty ? words.popFirst() : String(letters), !value.isEmpty else {
                    throw SSHRefusal("-\(letter) in --ssh needs a value")
                }
                self.options.append(Option(letter: letter, value: value))
                return
            } else {
                throw SSHRefusal("-\(letter) in --ssh is no option of ssh that vzmigrate knows")
            }
        }
    }

    /// What begins like an address may be one with a password, so only a plain word is repeated.
    private static func shown(_ word: String) -> String {
        word.contains(":") || word.contains("@") ? "a word" : "\"\(word)\""
    }

    // MARK: - What the options are

    private static let flags: Set<Character> = ["4", "6", "C", "v", "q", "2", "a", "x", "T", "k", "n", "K"]

    /// With the keyword that each is short for.
    private static let valued: [Character: String] = [
        "p": "Port", "l": "User", "i": "IdentityFile", "J": "ProxyJump", "c": "Ciphers", "m": "MACs",
        "b": "BindAddress", "B": "BindInterface", "I": "PKCS11Provider", "S": "ControlPath", "P": "Tag",
    ]

    private static let senseless: [Character: String] = {
        let forwarding = "a migration forwards nothing"
        let terminal = "the agent there has no terminal"
        return [
            "1": "version 1 of the protocol is not spoken any more", "A": forwarding, "X": forwarding, "Y": forwarding,
            "D": forwarding, "L": forwarding, "R": forwarding, "w": forwarding, "W": forwarding, "g": forwarding,
            "t": terminal, "e": terminal, "s": "the agent there is no subsystem", "N": "an agent has to be run there",
            "f": "ssh is not to leave this terminal", "M": "connections are not shared between programs",
            "O": "it asks another ssh for something", "G": "it only prints", "V": "it only prints",
            "Q": "it only prints", "E": "messages go where vzmigrate's go", "y": "messages go where vzmigrate's go",
        ]
    }()

    // MARK: - What they say

    /// `-F`: read instead of the user's file and the system's; the last counts.
    var configurationFile: String? { self.options.last { $0.letter == "F" }?.value }

    /// What they say in the words of ssh_config(5), the first that counts first.
    func settings() throws(SSHRefusal) -> [SSHSetting] {
        var settings: [SSHSetting] = []
        for option in self.options { try Self.add(option, to: &settings) }
        for setting in settings { try Self.check(setting) }
        return settings
    }

    /// `ssh` lets the last of these count, also over an `-o` before it; of all others the first counts.
    private static let overriding: Set<Character> = ["c", "m", "b", "4", "6", "C", "B"]

    private static func add(_ option: Option, to settings: inout [SSHSetting]) throws(SSHRefusal) {
        let origin = SSHSetting.Origin.option("-\(option.letter)")
        guard let setting = try Self.setting(option, origin) else { return }
        if Self.overriding.contains(option.letter) { settings.removeAll { $0.keyword == setting.keyword } }
        if option.letter == "J", settings.contains(where: { $0.keyword == "proxyjump" }) {
            throw SSHRefusal("-J in --ssh is given twice: put commas between the hosts of one")
        }
        settings.append(setting)
    }

    private static func setting(_ option: Option, _ origin: SSHSetting.Origin) throws(SSHRefusal) -> SSHSetting? {
        switch (option.letter, option.value) {
        case ("4", _): return SSHSetting("AddressFamily", ["inet"], origin)
        case ("6", _): return SSHSetting("AddressFamily", ["inet6"], origin)
        case ("C", _): return SSHSetting("Compression", ["yes"], origin)
        case ("K", _): return SSHSetting("GSSAPIAuthentication", ["yes"], origin)
        case ("q", _): return SSHSetting("LogLevel", ["QUIET"], origin)
        case ("v", _): return SSHSetting("LogLevel", ["DEBUG"], origin)
        case ("o", let line?): return try SSHSetting.parse(line, origin)
        case (let letter, let value?): return Self.valued[letter].map { SSHSetting($0, [value], origin) }
        default: return nil
        }
    }

    /// Refuses by name what makes no sense for a migration and what nobody knows. The value of an unknown keyword may
    /// be a secret, so it is not repeated.
    private static func check(_ setting: SSHSetting) throws(SSHRefusal) {
        switch SSHKeyword.named(setting.keyword) {
        case .senseless(let off) where !off.contains(setting.value.lowercased()):
            throw SSHRefusal("\(setting.name) (\(setting.origin)) is refused: it makes no sense for a migration")
        case .structural:
            throw SSHRefusal("\(setting.name) (\(setting.origin)) is refused: it belongs into a file")
        case nil:
            throw SSHRefusal("\(setting.name) (\(setting.origin)) is no option of ssh that vzmigrate knows")
        default: try SSHSettingCheck.check(setting)
        }
    }

    // MARK: - Paths

    private static let paths: Set = [
        "identityfile", "certificatefile", "userknownhostsfile", "globalknownhostsfile", "identityagent",
        "controlpath", "pkcs11provider", "revokedhostkeys",
    ]

    private static func placed(_ option: Option, in directory: String) -> Option {
        guard let value = option.value else { return option }
        if option.letter == "F" { return Option(letter: "F", value: Self.placed(value, in: directory)) }
        guard let setting = try? Self.setting(option, .option("-\(option.letter)")),
            Self.paths.contains(setting.keyword)
        else { return option }
        let places = setting.arguments.map { Self.placed($0, in: directory) }
        if option.letter != "o" { return Option(letter: option.letter, value: places[0]) }
        let quoted = places.map { $0.contains(where: \.isWhitespace) ? "\"\($0)\"" : $0 }
        return Option(letter: "o", value: "\(setting.name)=\(quoted.joined(separator: " "))")
    }

    private static func placed(_ path: String, in directory: String) -> String {
        let isPlaced = ["/", "~", "%", "$"].contains { path.hasPrefix($0) }
        let isWord = ["none", "ssh_auth_sock"].contains(path.lowercased())
        return isPlaced || isWord ? path : "\(directory)/\(path)"
    }
}
