@testable internal import Host
internal import Testing

@Suite("A JSON document survives being read and written")
struct JSONValueTests {
    @Test(
        "Numbers keep their digits",
        arguments: ["18446744073709551615", "-9223372036854775808", "0.1", "1e3", "-0", "1.50E+10"])
    func numbers(digits: String) throws {
        #expect(try JSONValue(parsing: Array(digits.utf8)) == .number(digits))
        let object = try JSONValue(parsing: Array("{\"hard\": \(digits)}".utf8))
        #expect(String(decoding: object.serialized, as: UTF8.self) == "{\n  \"hard\": \(digits)\n}\n")
    }

    @Test("Strings of every kind of character come back as they were")
    func strings() throws {
        let source = #"["a\"\\\/\b\f\n\r\t\u0001\u00e9\ud83d\ude00é"]"#
        let value = try JSONValue(parsing: Array(source.utf8))
        #expect(value == .array([.string("a\"\\/\u{08}\u{0C}\n\r\t\u{01}éß".replacingLast(with: "😀é"))]))
        #expect(try JSONValue(parsing: value.serialized) == value)
    }

    @Test(
        "What is not JSON is refused with the place",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,\"a\":2}", "01", "1.", "tru", "\"\u{01}\"", "\"\\ud800\"", "[1] 2", "{a:1}",
            "\"\\x\"", "+1", "\"abc", "\"\\u12+4\"", String(repeating: "[", count: 200),
        ])
    func refused(source: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: Array(source.utf8)) }
    }

    @Test("Members keep their order; a set one takes its old place")
    func members() throws {
        var value = try JSONValue(parsing: Array(#"{"b":1,"a":2}"#.utf8))
        value["b"] = .null
        value["c"] = .bool(true)
        value["a"] = nil
        #expect(value.members?.map(\.name) == ["b", "c"])
    }

    @Test("Any bytes end in a value or an error, never a crash")
    func garbage() {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        let alphabet = Array("{}[]\",:0123456789.eE+-\\utfn \u{0}\u{7F}".utf8) + [0xFF, 0xC3]
        for _ in 0..<20000 {
            let bytes = (0..<12).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return alphabet[Int(state >> 33) % alphabet.count]
            }
            guard let value = try? JSONValue(parsing: bytes) else { continue }
            #expect((try? JSONValue(parsing: value.serialized)) == value)
        }
    }
}

extension String {
    /// Replaces the last character, which keeps the expectation readable.
    fileprivate func replacingLast(with text: String) -> String { self.dropLast() + text }
}
