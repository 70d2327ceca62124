internal import FoundationEssentials

/// A payload as one line: its keys in alphabetical order, `key=value`, what is nested in brackets.
enum PayloadText {
    /// Not escaped. What is no JSON is shown as it is.
    static func line(_ payload: [UInt8]) -> String {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(payload)) else {
            return String(decoding: payload, as: UTF8.self)
        }
        return value.outerText
    }
}
