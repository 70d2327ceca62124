internal import FoundationEssentials
internal import GRDB
package import HandOver

extension JournalReader {
    /// All records of a migration in order, with their private parts unless erased; empty for an unknown one.
    package func entries(ofMigration migration: UniqueID) throws(JournalError) -> [JournalEntry] {
        try self.read("read migration \(migration.uuid)") { database in
            let sql = "SELECT \(EventRow.columns) FROM event WHERE mig = ? ORDER BY ver"
            let rows = try Row.fetchAll(database, sql: sql, arguments: [Data(migration.bytes)])
            return try rows.map { try Self.entry(EventRow($0), database) }
        }
    }

    /// The migration's version: the number of its records, 0 for an unknown one.
    package func version(ofMigration migration: UniqueID) throws(JournalError) -> Int64 {
        try self.read("read migration \(migration.uuid)") { try Self.version(of: migration, $0) }
    }

    /// At most `count` records from that number on, of all migrations and of none, without their private parts.
    package func entries(from sequence: Int64, count: Int) throws(JournalError) -> [JournalEntry] {
        try self.read("read events from \(sequence) on") { database in
            let sql = "SELECT \(EventRow.columns) FROM event WHERE seq >= ? ORDER BY seq LIMIT ?"
            return try Row.fetchAll(database, sql: sql, arguments: [sequence, count]).map { EventRow($0).entry() }
        }
    }

    /// Every migration, the oldest first.
    package func migrations() throws(JournalError) -> [MigrationSummary] {
        try self.read("list the migrations") { try Self.summaries($0, from: 1) }
    }

    /// The migrations in which this node still owes something; of all containers where `container` is `nil`.
    package func openMigrations(container: String? = nil) throws(JournalError) -> [MigrationSummary] {
        let recent = try self.read("list the open migrations") { try Self.summaries($0, from: self.firstOpen) }
        return recent.filter { $0.isOpen && (container == nil || $0.container == container) }
    }

    /// The migrations that a person may mean: the latest of the container of that name; else those whose id begins so.
    /// It takes the eight digits that lists show: fewer may be the number of a container that has none.
    package func migrations(named text: String) throws(JournalError) -> [MigrationSummary] {
        let all = try self.migrations()
        let digits = text.filter { $0 != "-" }.lowercased()
        let byID = all.filter { digits.count >= 8 && $0.migration.description.hasPrefix(digits) }
        let byContainer = all.last { $0.container == text }
        return byContainer.map { [$0] } ?? byID
    }

    /// The opening that wrote a record; `nil` where its row is missing.
    package func session(_ id: Int64) throws(JournalError) -> JournalSession? {
        try self.read("read session \(id)") { database in
            let sql = "SELECT \(JournalSession.columns) FROM session WHERE id = ?"
            return try Row.fetchOne(database, sql: sql, arguments: [id]).map { JournalSession($0) }
        }
    }

    static func entry(_ row: EventRow, _ database: Database) throws -> JournalEntry {
        guard row.privateDigest != nil else { return row.entry() }
        let sql = "SELECT body FROM event_private WHERE seq = ?"
        let body = try Row.fetchOne(database, sql: sql, arguments: [row.sequence])?.bytes(0)
        return row.entry(privatePayload: body)
    }

    /// One pass over the events in order, keeping of each migration what is said last. One that began before the first
    /// event that is looked at must have ended before it.
    private static func summaries(_ database: Database, from first: Int64) throws -> [MigrationSummary] {
        let sql = """
            SELECT mig, CAST(ct AS BLOB), ct_uuid, CAST(role AS BLOB), peer, epoch, CAST(state_after AS BLOB), ends,
                wall_ns, boot_ns, boot_id, ver FROM event NOT INDEXED WHERE seq >= ? AND mig IS NOT NULL ORDER BY seq
            """
        var order: [UniqueID] = []
        var summaries: [UniqueID: MigrationSummary] = [:]
        let rows = try Row.fetchCursor(database, sql: sql, arguments: [first])
        while let row = try rows.next() {
            guard let id = row.bytes(0).flatMap({ UniqueID(bytes: $0) }) else { continue }
            if summaries[id] == nil {
                if first > 1, row.integer(11) != 1 { continue }
                order.append(id)
            }
            summaries[id] = Self.summary(id, row, after: summaries[id])
        }
        return order.compactMap { summaries[$0] }
    }

    private static func summary(_ id: UniqueID, _ row: Row, after earlier: MigrationSummary?) -> MigrationSummary {
        let time = JournalTime(
            wallNanoseconds: row.integer(8) ?? 0, bootNanoseconds: row.integer(9) ?? 0, bootID: row.bytes(10) ?? [])
        return MigrationSummary(
            migration: id,
            container: row.text(1) ?? earlier?.container,
            containerUUID: row.bytes(2).flatMap { UniqueID(bytes: $0) } ?? earlier?.containerUUID,
            role: row.text(3).flatMap { NodeRole(rawValue: $0) } ?? earlier?.role,
            peer: row.bytes(4).flatMap { UniqueID(bytes: $0) } ?? earlier?.peer,
            epoch: row.integer(5) ?? earlier?.epoch,
            state: row.text(6) ?? earlier?.state,
            version: (earlier?.version ?? 0) + 1,
            firstTime: earlier?.firstTime ?? time, lastTime: time,
            isOpen: row.integer(7) != 1 && earlier?.isOpen ?? true)
    }
}

/// One migration as this node's journal tells it.
package struct MigrationSummary: Hashable, Sendable {
    package let migration: UniqueID

    /// As the last record that has it tells it; `nil` where none has. So for each field below.
    package let container: String?
    package let containerUUID: UniqueID?
    package let role: NodeRole?
    package let peer: UniqueID?
    package let epoch: Int64?
    package let state: String?

    /// The number of its records, which is its version.
    package let version: Int64
    package let firstTime: JournalTime
    package let lastTime: JournalTime

    /// Something is still owed here: no record of it ends it.
    package let isOpen: Bool

    /// From the first record to the last, on the clock that does not jump where both are of one boot.
    package var durationNanoseconds: Int64 {
        if self.firstTime.bootID == self.lastTime.bootID {
            return self.lastTime.bootNanoseconds &- self.firstTime.bootNanoseconds
        }
        return self.lastTime.wallNanoseconds &- self.firstTime.wallNanoseconds
    }
}

/// One event as it stands in the journal.
package struct JournalEntry: Hashable, Sendable {
    /// The place in the node's one chain, from 1 on without a gap.
    package let sequence: Int64
    package let previousHash: [UInt8]
    package let hash: [UInt8]

    /// The place within the migration, from 1 on without a gap; `nil` where ``NewRecord/migration`` is.
    package let version: Int64?
    package let time: JournalTime

    /// The opening of the journal that wrote this; see ``JournalSession``.
    package let session: Int64

    /// `SHA-256(salt || body)` of the private part; `nil` where there never was one.
    package let privateDigest: [UInt8]?

    /// Everything else as it was given. ``NewRecord/privatePayload`` is `nil` also where it was erased, or where the
    /// question did not ask for it.
    package let record: NewRecord

    package var head: ChainHead { ChainHead(sequence: self.sequence, hash: self.hash) }
}
