/// Words on one line, taken apart as a shell does it, but nothing is expanded.
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
