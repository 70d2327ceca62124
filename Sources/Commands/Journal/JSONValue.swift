internal import FoundationEssentials

/// Any JSON, for showing it.
indirect enum JSONValue: Decodable {
    case object([String: JSONValue])
    case array([JSONValue])
    case text(String)
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Without brackets around an object; empty for an empty one.
    var outerText: String {
        guard case .object(let members) = self else { return self.text }
        return Self.pairs(members)
    }

    private var text: String {
        switch self {
        case .object(let members): "{\(Self.pairs(members))}"
        case .array(let elements): "[\(elements.map(\.text).joined(separator: ", "))]"
        case .text(let text): Self.word(text)
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .boolean(let value): "\(value)"
        case .null: "null"
        }
    }

    private static func pairs(_ members: [String: JSONValue]) -> String {
        members.sorted { $0.key < $1.key }.map { "\(Self.word($0.key))=\($0.value.text)" }.joined(separator: " ")
    }

    /// In quotes, and quotes in it doubled, where it could be taken for more than one word.
    private static func word(_ text: String) -> String {
        guard text.isEmpty || text.contains(where: { " =\",[]{}".contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
