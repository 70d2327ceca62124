internal import SystemPackage

/// One keyword of ssh_config(5) with what follows it, and where it stands.
struct SSHSetting: Hashable {
    enum Origin: Hashable, CustomStringConvertible {
        /// The option as it was typed, such as `-p` or `-o`.
        case option(String)
        /// What the operator typed before and after the host.
        case destination
        case file(FilePath, line: Int)

        var description: String {
            switch self {
            case .option(let option): "\(option) in --ssh"
            case .destination: "the destination"
            case .file(let path, let line): "\(path) line \(line)"
            }
        }

        var isFile: Bool { if case .file = self { true } else { false } }
    }

    /// As it was written, for messages.
    let name: String
    /// One or more, without their quotes.
    let arguments: [String]
    let origin: Origin

    var keyword: String { self.name.lowercased() }
    /// The first argument, for keywords that take one.
    var value: String { self.arguments[0] }

    init(_ name: String, _ arguments: [String], _ origin: Origin) {
        precondition(!arguments.isEmpty, "a setting has a value")
        self.name = name
        self.arguments = arguments
        self.origin = origin
    }

    /// Keywords whose value is the rest of the line as it is.
    private static let wholeLine: Set = ["proxycommand", "localcommand", "remotecommand", "knownhostscommand"]

    /// Takes a line apart as ssh_config(5) says: a keyword, blanks or one `=`, arguments of which some may be quoted.
    ///
    /// - Returns: `nil` for a comment or an empty line.
    /// - Throws: `SSHRefusal` that names the place.
    static func parse(_ line: some StringProtocol, _ origin: Origin) throws(SSHRefusal) -> SSHSetting? {
        var rest = Substring(line).drop(while: Self.isBlank)
        while let last = rest.last, Self.isBlank(last) { rest.removeLast() }
        guard let first = rest.first, first != "#" else { return nil }
        let name = String(rest.prefix { !Self.isBlank($0) && $0 != "=" })
        rest = rest.dropFirst(name.count).drop(while: Self.isBlank)
        if rest.first == "=" { rest = rest.dropFirst().drop(while: Self.isBlank) }
        let isWhole = Self.wholeLine.contains(name.lowercased())
        let arguments = isWhole ? (rest.isEmpty ? [] : [String(rest)]) : try Self.arguments(rest, origin)
        guard !name.isEmpty, !arguments.isEmpty, arguments != [""] else {
            throw SSHRefusal("\(origin): \(name.isEmpty ? "a keyword" : "\(name)'s value") is missing")
        }
        return SSHSetting(name, arguments, origin)
    }

    private static func isBlank(_ character: Character) -> Bool {
        character == " " || character == "\t" || character == "\r" || character == "\u{c}"
    }

    /// A `#` that begins a word ends the line. A backslash protects quotes, itself, and a blank outside of quotes.
    private static func arguments(_ text: Substring, _ origin: Origin) throws(SSHRefusal) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var rest = text
        while let next = rest.popFirst() {
            let isProtected = rest.first.map { $0 == "\"" || $0 == "'" || $0 == "\\" || (quote == nil && $0 == " ") }
            if quote == nil, Self.isBlank(next) {
                if let word { words.append(word) }
                word = nil
            } else if quote == nil, word == nil, next == "#" {
                return words
            } else if next == "\\", isProtected == true, let meant = rest.popFirst() {
                word = (word ?? "") + String(meant)
            } else if quote == next {
                quote = nil
            } else if quote == nil, next == "\"" || next == "'" {
                (quote, word) = (next, word ?? "")
            } else {
                word = (word ?? "") + String(next)
            }
        }
        guard quote == nil else { throw SSHRefusal("\(origin): a quote is not closed") }
        if let word { words.append(word) }
        return words
    }
}
