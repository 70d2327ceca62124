internal import FoundationEssentials
internal import GRDB

extension JournalReader {
    /// All records of a migration in order, with their private parts unless erased; empty for an unknown one.
    package func entries(ofMigration migration: JournalID) throws(JournalError) -> [JournalEntry] {
        try self.read("read migration \(migration)") { database in
            let sql = "SELECT \(EventRow.columns) FROM event WHERE mig = ? ORDER BY ver"
            let rows = try Row.fetchAll(database, sql: sql, arguments: [Data(migration.bytes)])
            return try rows.map { try Self.entry(EventRow($0), database) }
        }
    }

    /// The migration's version: the number of its records, 0 for an unknown one.
    package func version(ofMigration migration: JournalID) throws(JournalError) -> Int64 {
        try self.read("read migration \(migration)") { try Self.version(of: migration, $0) }
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
        try self.read("list the migrations") { try Self.summaries($0) }
    }

    /// The migrations in which this node still owes something; of all containers where `container` is `nil`.
    package func openMigrations(container: String? = nil) throws(JournalError) -> [MigrationSummary] {
        try self.migrations().filter { $0.isOpen && (container == nil || $0.container == container) }
    }

    /// The migrations that a person may mean: those whose id begins so; else the latest of the container of that name.
    package func migrations(named text: String) throws(JournalError) -> [MigrationSummary] {
        let all = try self.migrations()
        let digits = text.filter { $0 != "-" }.lowercased()
        let byID = all.filter { !digits.isEmpty && Hexadecimal.text($0.migration.bytes).hasPrefix(digits) }
        let byContainer = all.last { $0.container == text }
        // A container's whole name outweighs a few digits that an id happens to begin with.
        return byContainer.map { [$0] } ?? byID
    }

    /// The highest epoch that any record names for the container; `nil` for none.
    package func highestEpoch(containerUUID: JournalID) throws(JournalError) -> Int64? {
        try self.read("read the epoch of container \(containerUUID)") { database in
            let sql = "SELECT max(epoch) FROM event WHERE ct_uuid = ?"
            return try Row.fetchOne(database, sql: sql, arguments: [Data(containerUUID.bytes)])?.integer(0)
        }
    }

    /// The opening that wrote a record; `nil` where its row is missing.
    package func session(_ id: Int64) throws(JournalError) -> JournalSession? {
        try self.read("read session \(id)") { database in
            let sql = "SELECT \(JournalSession.columns) FROM session WHERE id = ?"
            return try Row.fetchOne(database, sql: sql, arguments: [id]).map { JournalSession($0) }
        }
    }

    private static func entry(_ row: EventRow, _ database: Database) throws -> JournalEntry {
        guard row.privateDigest != nil else { return row.entry() }
        let sql = "SELECT body FROM event_private WHERE seq = ?"
        let body = try Row.fetchOne(database, sql: sql, arguments: [row.sequence])?.bytes(0)
        return row.entry(privatePayload: body)
    }

    /// One pass over the events in order, keeping of each migration what is said last.
    private static func summaries(_ database: Database) throws -> [MigrationSummary] {
        let sql = """
            SELECT mig, CAST(ct AS BLOB), ct_uuid, CAST(role AS BLOB), peer, epoch, CAST(state_after AS BLOB), ends,
                wall_ns, boot_ns, boot_id, CASE kind WHEN 'aborted' THEN CAST(payload AS BLOB) END
                FROM event WHERE mig IS NOT NULL ORDER BY seq
            """
        var order: [JournalID] = []
        var summaries: [JournalID: MigrationSummary] = [:]
        let rows = try Row.fetchCursor(database, sql: sql)
        while let row = try rows.next() {
            guard let id = row.bytes(0).flatMap({ JournalID(bytes: $0) }) else { continue }
            if summaries[id] == nil { order.append(id) }
            summaries[id] = Self.summary(id, row, after: summaries[id])
        }
        return Self.forgettingTakenAreas(order.compactMap { summaries[$0] })
    }

    /// An area that was kept is taken over by the container's next migration to this node, or by the next one to its id.
    private static func forgettingTakenAreas(_ summaries: [MigrationSummary]) -> [MigrationSummary] {
        var identities: Set<JournalID> = []
        var containers: Set<String> = []
        let backwards = summaries.reversed().map { summary in
            guard summary.role == .destination else { return summary }
            var summary = summary
            let isKnown = summary.containerUUID.map { !identities.insert($0).inserted } ?? false
            let isNamed = summary.container.map { !containers.insert($0).inserted } ?? false
            if isKnown || isNamed { summary.keepsArea = false }
            return summary
        }
        return backwards.reversed()
    }

    /// The public part of `aborted`.
    private struct Aborted: Decodable {
        let kept: Bool
    }

    private static func summary(_ id: JournalID, _ row: Row, after earlier: MigrationSummary?) -> MigrationSummary {
        let time = JournalTime(
            wallNanoseconds: row.integer(8) ?? 0, bootNanoseconds: row.integer(9) ?? 0, bootID: row.bytes(10) ?? [])
        return MigrationSummary(
            migration: id,
            container: row.text(1) ?? earlier?.container,
            containerUUID: row.bytes(2).flatMap { JournalID(bytes: $0) } ?? earlier?.containerUUID,
            role: row.text(3).flatMap { NodeRole(rawValue: $0) } ?? earlier?.role,
            peer: row.bytes(4).flatMap { JournalID(bytes: $0) } ?? earlier?.peer,
            epoch: row.integer(5) ?? earlier?.epoch,
            state: row.text(6) ?? earlier?.state,
            version: (earlier?.version ?? 0) + 1,
            firstTime: earlier?.firstTime ?? time, lastTime: time,
            isOpen: row.integer(7) != 1 && earlier?.isOpen ?? true,
            keepsArea: row.bytes(11).flatMap { try? JSONDecoder().decode(Aborted.self, from: Data($0)) }?.kept ?? false)
    }
}
