internal import Testing

@Suite("What could end the program without a sentence, and what was put off, is not there")
struct ForbiddenTests {
    /// Each in two halves, so that this file does not hold what it forbids.
    static let forbidden = [
        ("try" + "!", "handle the error, or say in a precondition why there is none"),
        ("as" + "! ", "use a pattern that may fail"),
        ("TO" + "DO", "do it, or write it down where work is planned"),
        ("FIX" + "ME", "do it, or write it down where work is planned"),
    ]

    @Test("No forbidden word", arguments: forbidden)
    func words(word: String, advice: String) throws {
        for file in try SourceFile.all(in: "Sources", "Tests") {
            for (number, line) in file.lines.enumerated() where line.contains(word) {
                Issue.record("\(file.path):\(number + 1) has '\(word)': \(advice)")
            }
        }
    }

    @Test("No value is unwrapped by force")
    func forcedUnwrapping() throws {
        for file in try SourceFile.all(in: "Sources", "Tests") {
            for (number, line) in file.lines.enumerated() where Self.isForced(line) {
                Issue.record("\(file.path):\(number + 1) unwraps by force: use guard, ??, or #require in a test")
            }
        }
    }

    /// A `!` after a name, a call or a subscript that is no `!=`, outside of text and comments.
    private static func isForced(_ line: String) -> Bool {
        guard !line.contains("\""), !line.contains("/") else { return false }
        return line.contains(/[A-Za-z0-9_)\]]!(?!=)/)
    }
}
