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
