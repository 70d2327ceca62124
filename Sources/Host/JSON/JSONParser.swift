/// Reads one JSON document, refusing what RFC 8259 refuses, and names that an object holds twice.
struct JSONParser {
    /// Nesting beyond this is refused, so that a document cannot exhaust the stack.
    private static let depthBound = 128

    private let bytes: [UInt8]
    private var offset = 0

    static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes: bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.offset == bytes.count else { throw parser.error("something follows the end of the document") }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func error(_ problem: String) -> JSONError {
        JSONError(offset: self.offset, problem: problem)
    }

    private var next: UInt8? { self.offset < self.bytes.count ? self.bytes[self.offset] : nil }

    private mutating func skipSpace() {
        while let byte = self.next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.offset += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        self.skipSpace()
        guard self.next == byte else { return false }
        self.offset += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
        guard self.take(UInt8(ascii: character)) else { throw self.error("expected '\(character)'") }
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < Self.depthBound else { throw self.error("nested more than \(Self.depthBound) deep") }
        self.skipSpace()
        switch self.next {
        case UInt8(ascii: "{"): return try self.object(depth: depth)
        case UInt8(ascii: "["): return try self.array(depth: depth)
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        case .some: return .number(try self.number())
        case nil: throw self.error("the document ends where a value is expected")
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        guard self.bytes[self.offset...].starts(with: word.utf8) else { throw self.error("expected \(word)") }
        self.offset += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        try self.expect("{")
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        if self.take(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            self.skipSpace()
            let name = try self.string()
            guard names.insert(name).inserted else { throw self.error("\"\(name)\" is there twice") }
            try self.expect(":")
            members.append(JSONValue.Member(name, try self.value(depth: depth + 1)))
        } while self.take(UInt8(ascii: ","))
        try self.expect("}")
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        try self.expect("[")
        var elements: [JSONValue] = []
        if self.take(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            elements.append(try self.value(depth: depth + 1))
        } while self.take(UInt8(ascii: ","))
        try self.expect("]")
        return .array(elements)
    }

    private mutating func digits() -> Int {
        let start = self.offset
        while let byte = self.next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { self.offset += 1 }
        return self.offset - start
    }

    private mutating func number() throws(JSONError) -> String {
        let start = self.offset
        if self.next == UInt8(ascii: "-") { self.offset += 1 }
        let leadingZero = self.next == UInt8(ascii: "0")
        let whole = self.digits()
        guard whole == 1 || (whole > 1 && !leadingZero) else { throw self.error("expected a value") }
        if self.next == UInt8(ascii: ".") {
            self.offset += 1
            guard self.digits() > 0 else { throw self.error("expected digits") }
        }
        if self.next == UInt8(ascii: "e") || self.next == UInt8(ascii: "E") {
            self.offset += 1
            if self.next == UInt8(ascii: "+") || self.next == UInt8(ascii: "-") { self.offset += 1 }
            guard self.digits() > 0 else { throw self.error("expected digits") }
        }
        return String(decoding: self.bytes[start..<self.offset], as: UTF8.self)
    }

    private mutating func string() throws(JSONError) -> String {
        guard self.next == UInt8(ascii: "\"") else { throw self.error("expected a string") }
        self.offset += 1
        var content: [UInt8] = []
        while let byte = self.next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw self.error("a control character stands in a string") }
            self.offset += 1
            if byte == UInt8(ascii: "\\") {
                content += String(try self.escaped()).utf8
            } else {
                content.append(byte)
            }
        }
        guard self.next != nil else { throw self.error("a string does not end") }
        self.offset += 1
        guard let text = String(validating: content, as: UTF8.self) else { throw self.error("a string is not UTF-8") }
        return text
    }

    private mutating func escaped() throws(JSONError) -> Character {
        guard let byte = self.next else { throw self.error("a string does not end") }
        self.offset += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return Character(try self.scalar())
        default: throw self.error("a backslash is followed by something unknown")
        }
    }

    private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
        let first = try self.fourHexDigits()
        var code = first
        if (0xD800..<0xDC00).contains(first), self.bytes[self.offset...].starts(with: "\\u".utf8) {
            self.offset += 2
            let second = try self.fourHexDigits()
            guard (0xDC00..<0xE000).contains(second) else { throw self.error("half of a surrogate pair") }
            code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw self.error("half of a surrogate pair") }
        return scalar
    }

    private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
        let end = self.offset + 4
        guard end <= self.bytes.count, !self.bytes[self.offset..<end].contains(UInt8(ascii: "+")),
            let code = UInt32(String(decoding: self.bytes[self.offset..<end], as: UTF8.self), radix: 16)
        else { throw self.error("expected four hexadecimal digits") }
        self.offset = end
        return code
    }
}

/// Why a document is not JSON, and where.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// In bytes from the start of the document.
    package let offset: Int
    package let problem: String

    package var description: String { "not valid JSON at byte \(self.offset): \(self.problem)" }
}

extension JSONValue {
    /// Reads one document; a name twice in an object is refused.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        self = try JSONParser.parse(bytes)
    }
}
