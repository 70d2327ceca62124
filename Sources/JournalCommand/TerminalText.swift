/// Text from a journal may come from a container, and a container's owner may mean the reader's terminal harm.
package enum TerminalText {
    /// Replaces control and direction characters by `\u{…}`, and a backslash by two.
    package static func escaped(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\\" {
                escaped.append(contentsOf: "\\\\".unicodeScalars)
            } else if Self.isHarmful(scalar) {
                escaped.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            } else {
                escaped.append(scalar)
            }
        }
        return String(escaped)
    }

    /// C0, C1, separators of lines, and all of category Cf: direction, joiners, tags.
    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
