internal import Host

/// The options of `--ssh`, read as ssh(1) reads its own command line.
///
/// It holds no secret: what could carry one is refused, and never repeated.
package struct SSHCommandLine: Hashable, Sendable, CustomStringConvertible {
    /// One letter, with its value where it takes one.
    struct Option: Hashable, Sendable {
        let letter: Character
        let value: String?

        var words: [String] { ["-\(self.letter)"] + (self.value.map { [$0] } ?? []) }
    }

    /// What an option says in the words of ssh_config(5).
    struct Setting {
        let letter: Character
        /// As it was written, for messages.
        let name: String
        /// With its quotes where it stands behind `-o`.
        let value: String

        var keyword: String { self.name.lowercased() }
        var place: String { "\(self.name) (-\(self.letter) in --ssh)" }
    }

    private(set) var options: [Option] = []

    /// - Parameters:
    ///   - text: what follows `--ssh`.
    ///   - directory: absolute; where paths that do not begin with `/` begin. A recovery has another one, so it is
    ///     written into the options here.
    /// - Throws: `SSHRefusal` that says which option makes no sense. Whether a value does is for `ssh` to say, where it
    ///   is installed.
    package init(parsing text: String, in directory: String) throws(SSHRefusal) {
        try self.init(checked: text, in: directory)
        guard let program = HostProgram.find("ssh") else { return }
        // A file that is wrong is no fault of the command line.
        let options = Self.printing(self.options.filter { $0.letter != "F" }) + ["-F", "none"]
        _ = try SSHConfiguration.read(by: program, options, for: "localhost", within: .seconds(10), subject: "--ssh")
    }

    /// The same without asking `ssh`: for options that `ssh` took when they were given.
    ///
    /// - Parameters:
    ///   - text: what follows `--ssh`.
    ///   - directory: absolute.
    /// - Throws: as the other.
    init(checked text: String, in directory: String) throws(SSHRefusal) {
        var words = try SSHWords.split(text)[...]
        while let word = words.popFirst() {
            guard word.hasPrefix("-"), word != "-", word != "--" else {
                let what = word == "--" ? "what follows -- in --ssh" : "\(Self.shown(word)) in --ssh"
                throw SSHRefusal("\(what) is no option: the destination's host name is not to be given there")
            }
            try self.read(word.dropFirst(), &words)
        }
        self.options = try self.options.map { option throws(SSHRefusal) in try Self.placed(option, in: directory) }
        for setting in self.settings { try Self.check(setting) }
    }

    /// The options as they are read back, with every path absolute.
    package var description: String { self.arguments.map(SSHWords.quoted).joined(separator: " ") }

    /// For the system's `ssh`.
    var arguments: [String] { self.options.flatMap(\.words) }

    /// The letters of one word: flags may stand together, and the first that takes a value takes the rest.
    private mutating func read(_ letters: Substring, _ words: inout ArraySlice<String>) throws(SSHRefusal) {
        var letters = letters
        while let letter = letters.popFirst() {
            if let reason = Self.senseless[letter] { throw SSHRefusal("-\(letter) in --ssh is refused: \(reason)") }
            if Self.flags[letter] != nil || Self.silentFlags.contains(letter) {
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

    /// The word for a message, unless it may be an address with a password.
    private static func shown(_ word: String) -> String {
        word.contains(":") || word.contains("@") ? "a word" : "\"\(word)\""
    }

    // MARK: - What the options are

    /// Letters that change nothing for a connection of ours.
    private static let silentFlags: Set<Character> = ["2", "a", "x", "T", "k", "n"]

    /// Letters that stand for a keyword and its value.
    private static let flags: [Character: (keyword: String, value: String)] = [
        "4": ("AddressFamily", "inet"), "6": ("AddressFamily", "inet6"), "C": ("Compression", "yes"),
        "K": ("GSSAPIAuthentication", "yes"), "q": ("LogLevel", "QUIET"), "v": ("LogLevel", "DEBUG"),
    ]

    /// Letters that take a value, with the keyword that each is short for.
    private static let valued: [Character: String] = [
        "p": "Port", "l": "User", "i": "IdentityFile", "J": "ProxyJump", "c": "Ciphers", "m": "MACs",
        "b": "BindAddress", "B": "BindInterface", "I": "PKCS11Provider", "S": "ControlPath", "P": "Tag",
    ]

    /// Letters that are refused, with the reason.
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

    var settings: [Setting] { self.options.compactMap(Self.setting) }

    /// For `ssh -G`. `-i` would pass over a key that is not there; `-q` would hide the complaints; `-P` took no value
    /// before OpenSSH 9.4, and its value would be the host.
    var argumentsForPrinting: [String] { Self.printing(self.options) }

    private static func printing(_ options: [Option]) -> [String] {
        options.filter { $0.letter != "n" && Self.setting($0)?.keyword != "loglevel" }.flatMap { option in
            guard option.letter == "i" || option.letter == "P", let setting = Self.setting(option) else {
                return option.words
            }
            return ["-o", "\(setting.name)=\(Self.quoted(setting.value))"]
        }
    }

    private static func setting(_ option: Option) -> Setting? {
        if let flag = Self.flags[option.letter] {
            return Setting(letter: option.letter, name: flag.keyword, value: flag.value)
        }
        guard let text = option.value else { return nil }
        if option.letter != "o" {
            return Self.valued[option.letter].map { Setting(letter: option.letter, name: $0, value: text) }
        }
        let line = text.drop(while: \.isWhitespace)
        let name = line.prefix { !$0.isWhitespace && $0 != "=" }
        var value = line.dropFirst(name.count).drop(while: \.isWhitespace)
        if value.first == "=" { value = value.dropFirst().drop(while: \.isWhitespace) }
        return Setting(letter: "o", name: String(name), value: String(value))
    }

    /// Refuses by name what makes no sense for a migration, and a password.
    private static func check(_ setting: Setting) throws(SSHRefusal) {
        if ["host", "match", "include"].contains(setting.keyword) {
            throw SSHRefusal("\(setting.place) is refused: it belongs into a file")
        }
        if let off = SSHKeyword.senseless[setting.keyword], !off.contains(setting.value.lowercased()) {
            throw SSHRefusal("\(setting.place) is refused: it makes no sense for a migration")
        }
        switch setting.keyword {
        case "user": _ = try SSHAddress.user(in: setting.value)
        case "proxyjump":
            for hop in setting.value.split(separator: ",") {
                let address = hop.hasPrefix("ssh://") ? hop.dropFirst(6) : hop
                if let at = address.lastIndex(of: "@") { _ = try SSHAddress.user(in: address[..<at]) }
            }
        default: break
        }
    }

    // MARK: - Paths

    private static let paths: Set = [
        "identityfile", "certificatefile", "userknownhostsfile", "globalknownhostsfile", "identityagent",
        "controlpath", "pkcs11provider", "revokedhostkeys",
    ]

    private static func placed(_ option: Option, in directory: String) throws(SSHRefusal) -> Option {
        guard let value = option.value else { return option }
        if option.letter == "F" { return Option(letter: "F", value: Self.placed(value, in: directory)) }
        guard let setting = Self.setting(option), Self.paths.contains(setting.keyword) else { return option }
        if option.letter != "o" { return Option(letter: option.letter, value: Self.placed(value, in: directory)) }
        let places = try SSHWords.split(setting.value).map { Self.quoted(Self.placed($0, in: directory)) }
        return Option(letter: "o", value: "\(setting.name)=\(places.joined(separator: " "))")
    }

    private static func placed(_ path: String, in directory: String) -> String {
        let isPlaced = ["/", "~", "%", "$"].contains { path.hasPrefix($0) }
        let isWord = ["none", "ssh_auth_sock"].contains(path.lowercased())
        return isPlaced || isWord ? path : "\(directory)/\(path)"
    }

    /// As an argument in a line of ssh_config(5).
    private static func quoted(_ path: String) -> String {
        guard path.contains(where: { $0.isWhitespace || "\"'\\#".contains($0) }) else { return path }
        return "\"" + path.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

/// Takes a line apart into words as a shell does, and expands nothing.
///
/// Blanks separate words. What stands between `'` is taken as it is; between `"` a backslash protects `"`, `\`, `$` and
/// a backquote; outside of both it protects any character.
enum SSHWords {
    private enum Quote {
        case none
        case single
        case double
    }

    static func split(_ text: String) throws(SSHRefusal) -> [String] {
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f || $0 == "\t" || $0 == "\n" })
        else { throw SSHRefusal("the options of ssh hold a control character") }
        var words: [String] = []
        var word: String?
        var quote = Quote.none
        var rest = text[...]
        while let next = rest.popFirst() {
            switch (quote, next) {
            case (.none, " "), (.none, "\t"), (.none, "\n"):
                if let word { words.append(word) }
                word = nil
            case (.none, "'"): (quote, word) = (.single, word ?? "")
            case (.none, "\""): (quote, word) = (.double, word ?? "")
            case (.single, "'"), (.double, "\""): quote = .none
            case (.none, "\\"), (.double, "\\"): word = try (word ?? "") + Self.protected(&rest, in: quote)
            default: word = (word ?? "") + String(next)
            }
        }
        guard quote == .none else { throw SSHRefusal("a quote in the options of ssh is not closed") }
        if let word { words.append(word) }
        return words
    }

    private static func protected(_ rest: inout Substring, in quote: Quote) throws(SSHRefusal) -> String {
        guard let next = rest.popFirst() else { throw SSHRefusal("the options of ssh end in a backslash") }
        let isMeant = quote == .none || ["\"", "\\", "$", "`"].contains(next)
        return isMeant ? String(next) : "\\" + String(next)
    }

    /// The word as `split` reads it back.
    static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "+")...UInt8(ascii: ":"): true  // + , - . / digits :
            case UInt8(ascii: "_"), UInt8(ascii: "="), UInt8(ascii: "@"), UInt8(ascii: "%"): true
            default: false
            }
        }
        if isPlain, !word.isEmpty { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
