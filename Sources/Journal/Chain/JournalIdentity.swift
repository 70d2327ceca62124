internal import FoundationEssentials
internal import GRDB
internal import HandOver

/// The row of `meta`: which journal this is, and the digest that its first event follows.
struct JournalIdentity: Hashable {
    var journal: [UInt8]
    var host: [UInt8]
    var createdNanoseconds: Int64
    var genesis: [UInt8]

    /// A journal of this machine that begins now.
    static func made(_ id: UniqueID) -> JournalIdentity {
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
