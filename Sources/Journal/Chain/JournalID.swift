internal import FoundationEssentials
internal import GRDB

/// Sixteen bytes that name a migration, an operation, a container, a boot, or a journal and with it its node.
package struct JournalID: Hashable, Sendable, CustomStringConvertible {
    package static let byteCount = 16

    /// Exactly ``byteCount`` bytes.
    package let bytes: [UInt8]

    /// `nil` unless there are sixteen bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// 32 hexadecimal digits, with or without the hyphens of a UUID; `nil` for anything else.
    package init?(parsing text: String) {
        guard let bytes = Hexadecimal.bytes(text.filter { $0 != "-" }) else { return nil }
        self.init(bytes: bytes)
    }

    /// A new random identity (RFC 9562, version 4).
    package static func random() -> JournalID {
        var bytes = (0..<Self.byteCount).map { _ in UInt8.random(in: .min ... .max) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return JournalID(verified: bytes)
    }

    /// The form of a UUID, lower case.
    package var description: String {
        let digits = Array(Hexadecimal.text(self.bytes))
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return groups.map { String(digits[$0]) }.joined(separator: "-")
    }

    /// The first eight digits, what people type.
    package var shortText: String { String(Hexadecimal.text(self.bytes).prefix(8)) }

    private init(verified bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// The row of `meta`: which journal this is, and the digest that its first event follows.
struct JournalIdentity: Hashable {
    var journal: [UInt8]
    var host: [UInt8]
    var createdNanoseconds: Int64
    var genesis: [UInt8]

    /// A journal of this machine that begins now.
    static func made(_ id: JournalID) -> JournalIdentity {
        let machine = (try? Data(contentsOf: URL(filePath: "/etc/machine-id"))).map { Array($0) } ?? []
        var identity = JournalIdentity(
            journal: id.bytes, host: ChainDigest.ofBytes(machine),
            createdNanoseconds: JournalTime.now().wallNanoseconds, genesis: [])
        identity.genesis = identity.digest
        return identity
    }

    /// What ``genesis`` must be.
    var digest: [UInt8] {
        var digest = ChainDigest(tag: "vzmj/1/genesis")
        digest.add(self.journal)
        digest.add(self.host)
        digest.add(self.createdNanoseconds)
        return digest.value
    }

    /// `nil` where the table has no row.
    static func read(_ database: Database) throws -> JournalIdentity? {
        let sql = "SELECT journal, host, created_ns, genesis FROM meta"
        guard let row = try Row.fetchOne(database, sql: sql) else { return nil }
        return JournalIdentity(
            journal: row.bytes(0) ?? [], host: row.bytes(1) ?? [], createdNanoseconds: row.integer(2) ?? 0,
            genesis: row.bytes(3) ?? [])
    }

    func insert(into database: Database) throws {
        try database.execute(
            sql: "INSERT INTO meta (one, journal, host, created_ns, genesis) VALUES (1, ?, ?, ?, ?)",
            arguments: [Data(self.journal), Data(self.host), self.createdNanoseconds, Data(self.genesis)])
    }
}
