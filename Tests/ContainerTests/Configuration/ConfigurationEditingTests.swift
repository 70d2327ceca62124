import Container
import HandOver
import Host
import Testing
import TestSupport

@Suite("An edit changes what it names and nothing else")
struct ConfigurationEditingTests {
    private static let ct101 = ContainerID.make("101")

    private static let sample = """
        # Made by hand, keep out
        ONBOOT=yes   # starts late

          VE_PRIVATE='/vz/private/$VEID'\t# tab
        UNKNOWN="a  b"
        ONBOOT='no'   # the one that counts
        not an assignment "
        LAST=1
        """

    private func file(_ text: String = Self.sample) throws -> ConfigurationFile {
        try ConfigurationFile(parsing: Array(text.utf8), path: "/f")
    }

    private func text(_ file: ConfigurationFile) -> String { String(decoding: file.bytes, as: UTF8.self) }

    @Test("The last assignment is replaced where it stands and keeps its comment")
    func replaceInPlace() throws {
        var file = try self.file()
        try file.set("ONBOOT", "yes")
        #expect(self.text(file) == Self.sample.replacingOnce("ONBOOT='no'", with: "ONBOOT=\"yes\""))
    }

    @Test("A new key goes to the end, on a line of its own, and removing it again leaves the file as it was")
    func addAndRemove() throws {
        var file = try self.file(Self.sample + "\n")
        try file.set("DISABLED", "yes")
        #expect(self.text(file) == Self.sample + "\nDISABLED=\"yes\"\n")
        file.remove("DISABLED")
        #expect(self.text(file) == Self.sample + "\n")
        var open = try self.file()
        try open.set("DISABLED", "yes")
        #expect(self.text(open) == Self.sample + "\nDISABLED=\"yes\"\n")
    }

    @Test("Removing takes every assignment of the key")
    func removeAll() throws {
        var file = try self.file()
        file.remove("ONBOOT")
        #expect(file.setting("ONBOOT") == nil)
        #expect(file.keys == ["VE_PRIVATE", "UNKNOWN", "LAST"])
    }

    @Test("Setting the value that is there changes nothing, however it is quoted")
    func sameValue() throws {
        var file = try self.file()
        try file.set("ONBOOT", "no")
        try file.set("VE_PRIVATE", path: "/vz/private/101", of: Self.ct101)
        #expect(self.text(file) == Self.sample)
    }

    @Test(
        "A path that ends in the CT's ID is written with $VEID",
        arguments: [
            ("/vz/private/101", "\"/vz/private/$VEID\""), ("/vz/private/x101", "\"/vz/private/x101\""),
            ("/vz/101/fs", "\"/vz/101/fs\""), ("/vz/$VEID/101", "\"/vz/\\$VEID/$VEID\""),
        ])
    func placeholder(path: String, written: String) throws {
        var file = try self.file("")
        try file.set("P", path: path, of: Self.ct101)
        #expect(self.text(file) == "P=\(written)\n")
        #expect(try self.file(self.text(file)).setting("P")?.text(of: Self.ct101) == path)
    }

    @Test("What no line can hold is refused and leaves the file alone")
    func refused() throws {
        var file = try self.file()
        for (key, value) in [
            ("A B", "x"), ("", "x"), ("K", "a\nb"), ("ONBOOT", "a\r\nb"), ("ONBOOT", "a\u{0}"),
            ("ONBOOT", String(repeating: "x", count: 65_536)), ("NEW", "a\u{0}"),
        ] {
            #expect(throws: ConfigurationError.self) { try file.set(key, value) }
        }
        #expect(self.text(file) == Self.sample)
    }

    @Test("Any value comes back as it was set, and the other lines byte for byte", arguments: 0..<10)
    func roundTrip(round: Int) throws {
        let letters = Array("abc \t\"'\\#$`VEID{}=\u{e9}\u{1F600}\r/")
        for _ in 0..<100 {
            let before = Self.randomFile()
            var file = try ConfigurationFile(parsing: before, path: "/f")
            #expect(file.bytes == before)
            let value = String((0..<Int.random(in: 0...20)).compactMap { _ in letters.randomElement() })
            try file.set("SETKEY", value)
            let again = try ConfigurationFile(parsing: file.bytes, path: "/f")
            #expect(try again.setting("SETKEY")?.text(of: Self.ct101) == value)
            #expect(file.bytes.starts(with: before))
            file.remove("SETKEY")
            #expect(file.bytes == before || file.bytes == before + [UInt8(ascii: "\n")])
        }
    }

    @Test("A file is written whole and read back")
    func writeAndRead() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/101.conf"
        try self.file().write(to: path)
        #expect(try ConfigurationFile(reading: path).bytes == Array(Self.sample.utf8))
        #expect(throws: NodeError.self) { try ConfigurationFile(reading: "\(folder.path)/none") }
        #expect(throws: NodeError.self) { try ConfigurationFile(reading: folder.path) }
    }

    /// A file without syntax errors.
    private static func randomFile() -> [UInt8] {
        let lines = [
            "", "# c \u{e9} \"", "A=1", "  B = \"x y\" # c", "C='$VEID'", "nothing", "D=a\\ b", "\t", "E=\"\\\"\"\r",
            "A=#",
        ]
        let text = (0..<Int.random(in: 0...12)).compactMap { _ in lines.randomElement() }.joined(separator: "\n")
        return Array((text + (Bool.random() ? "\n" : "")).utf8)
    }
}

extension String {
    fileprivate func replacingOnce(_ part: String, with other: String) -> String {
        guard let range = self.firstRange(of: part) else { return self }
        return self.replacingCharacters(in: range, with: other)
    }

    private func replacingCharacters(in range: Range<Index>, with other: String) -> String {
        String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }
}
