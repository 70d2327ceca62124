internal import Glibc

/// What this build of the programs is, and where they are.
package enum ToolVersion {
    package static let text = "0.1.0"

    /// What `--version` says. `protocolVersion` is that of what the two servers speak with each other, `nil` for a
    /// program that speaks with nobody.
    package static func line(of program: String, protocolVersion: Int?, journalSchema: Int) -> String {
        let conversation = protocolVersion.map { "protocol \($0), " } ?? ""
        return "\(program) \(self.text) (\(conversation)journal schema \(journalSchema))"
    }

    /// The absolute path of vzmigrate-agent, which is installed beside the program that runs.
    package static var agentPath: String { self.path(of: "vzmigrate-agent") }

    /// The absolute path of vzmigrate, which may be the program that runs.
    package static var migratePath: String { self.path(of: "vzmigrate") }

    /// Where a program is that was installed beside the one that runs.
    private static func path(of program: String) -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let own = String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/\(program)"
    }
}

/// Text that may come from a container, a peer or a program, and whose author may mean the reader's terminal harm.
package enum TerminalText {
    /// Replaces control and direction characters by `\u{…}`, and a backslash by two.
    package static func escaped(_ text: String) -> String { Self.replacing(in: text, backslash: "\\\\") }

    /// The same, but a backslash stays one: for what is read and not parsed.
    package static func harmless(_ text: some StringProtocol) -> String { Self.replacing(in: text, backslash: "\\") }

    private static func replacing(in text: some StringProtocol, backslash: String) -> String {
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\\" {
                safe.append(contentsOf: backslash.unicodeScalars)
            } else if Self.isHarmful(scalar) {
                safe.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            } else {
                safe.append(scalar)
            }
        }
        return String(safe)
    }

    /// C0, C1, separators of lines, and all of category Cf: direction, joiners, tags.
    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
