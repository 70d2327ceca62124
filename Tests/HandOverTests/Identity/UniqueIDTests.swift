import HandOver
import Testing

@Suite("Sixteen bytes name one thing, however they are spelled")
struct UniqueIDTests {
    static let digits = "0f8fad5bd9cb469fa16570867728950e"
    static let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"

    @Test("With hyphens and without, in either case", arguments: [digits, uuid, uuid.uppercased()])
    func spellings(text: String) throws {
        let id = try #require(UniqueID(parsing: text))
        #expect("\(id)" == Self.digits && id.uuid == Self.uuid && id.short == "0f8fad5b")
        #expect(UniqueID(bytes: id.bytes) == id && id.bytes.first == 0x0F && id.bytes.last == 0x0E)
    }

    @Test(
        "Anything else is none",
        arguments: [
            "", "0f8fad5b", digits + "0", "-" + digits.dropLast(), "0f8fad5bd9cb-469f-a165-70867728950e-", "+" + digits,
        ])
    func refused(text: String) {
        #expect(UniqueID(parsing: text) == nil)
        #expect(UniqueID(bytes: Array(text.utf8.prefix(15))) == nil)
    }

    @Test("A new one is a UUID of version 4, and never the same")
    func random() {
        let ids = (0..<100).map { _ in UniqueID.random() }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.bytes[6] >> 4 == 4 && $0.bytes[8] >> 6 == 2 })
    }
}
