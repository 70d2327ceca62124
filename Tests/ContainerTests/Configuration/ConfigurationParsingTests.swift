import Container
import HandOver
import Testing

@Suite("A configuration file is read as every other reader of its family reads it, or refused with the line")
struct ConfigurationParsingTests {
    private static let ct101 = ContainerID.make("101")

    private func file(_ text: String) throws -> ConfigurationFile {
        try ConfigurationFile(parsing: Array(text.utf8), path: "/etc/vz/conf/101.conf")
    }

    @Test(
        "One value",
        arguments: [
            ("K=v", "v"), ("K=\"v\"", "v"), ("K='v'", "v"), ("K=", ""), ("K=\"\"", ""), ("  \tK=\"a b\"  ", "a b"),
            ("K = \"v\"", "v"), ("K=v # comment", "v"), ("K=v#no", "v#no"),
            ("K=\"v # no\" # comment", "v # no"), ("K= # comment", ""), ("K=#v", "#v"), ("K=\"a\\\"b\"", "a\"b"),
            ("K=a\\ b", "a b"), ("K=\"a\\\\b\"", "a\\b"), ("K='it\\'s'", "it's"), ("K=\"it's\"", "it's"),
            ("K=a\\", "a\\"),
            ("K=\"v\"\r", "v"), ("K=v\r", "v"), ("K=a=b", "a=b"), ("K=\"\u{fc}\u{1F600}\"", "\u{fc}\u{1F600}"),
            ("K=1\nK=2", "2"), ("K=1\nk=2", "1"), ("K=1\n#K=2", "1"), ("K=1\n # K=2", "1"), ("K=1\nexport K=2", "1"),
            ("K=/vz/$VEID", "/vz/101"), ("K='/vz/${VEID}'", "/vz/101"), ("K=$VEID/$VEID", "101/$VEID"),
            ("K=${VEID}$VEID", "101$VEID"), ("K=\"\\$VEID\"", "$VEID"), ("K=\"\\$VEID/$VEID\"", "$VEID/101"),
            ("K=$OTHER", "$OTHER"), ("K=${VEIDS}", "${VEIDS}"),
        ])
    func value(text: String, value: String) throws {
        let setting = try #require(try self.file(text).setting("K"))
        #expect(try setting.text(of: Self.ct101) == value)
    }

    @Test(
        "Lines that assign nothing are kept and say nothing",
        arguments: ["", "\n\n", "# K=1", "K", "K # =1", "=1", "a b=1", "1K=2", "K-K=2", "unmatched \" quote"])
    func nothing(text: String) throws {
        let file = try self.file(text)
        #expect(file.keys.isEmpty)
        #expect(file.bytes == Array(text.utf8))
    }

    @Test(
        "What cannot be understood is refused with its line",
        arguments: [
            ("A=1\n\nK=\"v\n", 3, "the quoted value of K has no closing quote"),
            ("K='v", 1, "the quoted value of K has no closing quote"),
            ("K=\"v\\\"", 1, "the quoted value of K has no closing quote"),
            ("# a\u{0}b", 1, "the line has a NUL byte"),
            ("A=1\nK=a b", 2, "there is text after the value of K: a value with a blank needs quotes"),
            ("K=\"a\"b", 1, "there is text after the value of K: a value with a blank needs quotes"),
            ("K=\"a\"#b", 1, "there is text after the value of K: a value with a blank needs quotes"),
            ("K=a\"b\"", 1, "the value of K has a quote in its middle: quote the whole value"),
            ("A=1\n#" + String(repeating: "x", count: 65_536), 2, "the line is longer than 65536 bytes"),
        ])
    func malformed(text: String, line: Int, what: String) {
        let error = #expect(throws: ConfigurationError.self) { try self.file(text) }
        #expect(error == ConfigurationError(path: "/etc/vz/conf/101.conf", line: line, what: what))
        #expect(error?.description == "/etc/vz/conf/101.conf:\(line): \(what)")
    }

    @Test("A file over the bound is refused, one at the bound is not")
    func fileBound() throws {
        let line = String(repeating: "x", count: 1023) + "\n"
        _ = try self.file(String(repeating: line, count: 1024))
        let tooLong = String(repeating: line, count: 1024) + "\n"
        let error = #expect(throws: ConfigurationError.self) { try self.file(tooLong) }
        #expect(error?.description == "/etc/vz/conf/101.conf: the file is longer than 1048576 bytes")
    }

    @Test("A line at the bound is read")
    func lineBound() throws {
        let value = String(repeating: "x", count: 65_536 - 2)
        #expect(try self.file("K=\(value)\n").setting("K")?.text() == value)
    }

    @Test("Bytes that are not UTF-8 disturb only who asks for them")
    func notText() throws {
        let bytes = Array("# ".utf8) + [0xFF] + Array("\nA=1\nK=\"".utf8) + [0xFF, 0x22]
        let file = try ConfigurationFile(parsing: bytes, path: "/f")
        #expect(try file.setting("A")?.text() == "1")
        let error = #expect(throws: ConfigurationError.self) { try file.setting("K")?.text() }
        #expect(error?.description == "/f:3: K is not valid UTF-8")
    }

    @Test("Random bytes never crash, and come out as they went in or are refused", arguments: 0..<20)
    func fuzz(round: Int) throws {
        let alphabet = Array("KA=\"'\\# \t\r\n$VEID{}\u{e9}".utf8) + [0, 0xFF]
        for _ in 0..<500 {
            let length = Int.random(in: 0...60)
            let bytes = (0..<length).map { _ in
                round % 2 == 0 ? alphabet.randomElement() ?? 0 : UInt8.random(in: .min ... .max)
            }
            guard let file = try? ConfigurationFile(parsing: bytes, path: "/f") else { continue }
            #expect(file.bytes == bytes)
            for key in file.keys { _ = try? file.setting(key)?.text(of: Self.ct101) }
        }
    }
}
