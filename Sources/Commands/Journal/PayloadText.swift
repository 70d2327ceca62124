internal import Host

/// A payload as one line: its keys in alphabetical order, `key=value`, what is nested in brackets.
enum PayloadText {
    /// Not escaped. What is no JSON is shown as it is.
    static func line(_ payload: [UInt8]) -> String {
        guard let value = try? JSONValue(parsing: payload) else { return String(decoding: payload, as: UTF8.self) }
        // Without brackets around an object; empty for an empty one.
        return value.members.map(Self.pairs) ?? Self.text(value)
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .object(let members): "{\(Self.pairs(members))}"
        case .array(let elements): "[\(elements.map(Self.text).joined(separator: ", "))]"
        case .string(let text): Self.word(text)
        case .number(let digits): digits
        case .bool(let value): "\(value)"
        case .null: "null"
        }
    }

    private static func pairs(_ members: [JSONValue.Member]) -> String {
        members.sorted { $0.name < $1.name }.map { "\(Self.word($0.name))=\(Self.text($0.value))" }
            .joined(separator: " ")
    }

    /// In quotes, and quotes in it doubled, where it could be taken for more than one word.
    private static func word(_ text: String) -> String {
        guard text.isEmpty || text.contains(where: { " =\",[]{}".contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
