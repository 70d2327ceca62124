internal import FoundationEssentials
internal import GRDB
package import HandOver

extension JournalReader {
    /// All records of a migration in order, each proven to be what was written; empty for an unknown one. For whoever
    /// acts upon them.
    ///
    /// - Throws: ``JournalError/damaged(path:finding:)`` where one is not, or is missing.
    package func provenEntries(ofMigration migration: UniqueID) throws(JournalError) -> [JournalEntry] {
        try self.read("read migration \(migration.uuid)") { database in
            let proof = try EventProof(database, path: self.path)
            return try self.rows(of: migration, proof, database).enumerated().map { index, event in
                try proof.require(event, event.migration == migration.bytes)
                guard event.version == Int64(index) + 1 else {
                    throw proof.damage(event, "an event of its migration before it is missing.")
                }
                return event.entry(privatePayload: try proof.privatePart(of: event))
            }
        }
    }

    /// An ended migration's rows are found by the index. Those of an open one are looked for in the table itself, where
    /// ``OpeningCheck`` has seen that none is missing.
    private func rows(of migration: UniqueID, _ proof: EventProof, _ database: Database) throws -> [EventRow] {
        let id = Data(migration.bytes)
        let sql = "SELECT \(EventRow.columns) FROM event WHERE mig = ? ORDER BY ver"
        let indexed = try Row.fetchAll(database, sql: sql, arguments: [id]).map { EventRow($0) }
        if indexed.contains(where: { $0.ends == 1 }) { return indexed }
        let scan = "SELECT \(EventRow.columns) FROM event NOT INDEXED WHERE seq >= ? AND mig = ? ORDER BY seq"
        let found = try Row.fetchAll(database, sql: scan, arguments: [self.firstOpen, id]).map { EventRow($0) }
        if found.isEmpty, let event = indexed.first {
            throw proof.damage(event, "the end of its migration is missing.")
        }
        return found
    }

    /// The highest epoch that any record names for the container; `nil` for none.
    package func highestEpoch(containerUUID: UniqueID) throws(JournalError) -> Int64? {
        try self.read("read the epoch of container \(containerUUID.uuid)") { database in
            let sql = "SELECT \(EventRow.columns) FROM event WHERE ct_uuid = ? ORDER BY epoch DESC LIMIT 1"
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [Data(containerUUID.bytes)]) else {
                return nil
            }
            let event = EventRow(row)
            try EventProof(database, path: self.path).require(event, event.containerUUID == containerUUID.bytes)
            return event.epoch
        }
    }
}

/// Tells of single events whether they are what was written: an index may lead to the wrong one, and a bit of it may
/// have changed on the disk.
struct EventProof {
    private let database: Database
    private let path: String
    private let identity: JournalIdentity

    init(_ database: Database, path: String) throws {
        guard let identity = try JournalIdentity.read(database) else {
            throw JournalError.notAJournal(path: path, reason: "it has no identity")
        }
        self.database = database
        self.path = path
        self.identity = identity
    }

    /// - Throws: ``JournalError/damaged(path:finding:)`` unless the event's hash is that of its content and it is one
    ///   of those that were asked for.
    func require(_ event: EventRow, _ isAskedFor: Bool) throws {
        let sql = "SELECT \(JournalSession.columns) FROM session WHERE id = ?"
        let session = try Row.fetchOne(self.database, sql: sql, arguments: [event.session]).map { JournalSession($0) }
        let digest = session.map { $0.digest(id: event.session) } ?? []
        guard event.digest(journal: self.identity.journal, sessionDigest: digest) == event.hash else {
            throw self.damage(event, "it was altered: its hash is not that of its content.")
        }
        guard isAskedFor else { throw self.damage(event, "an index leads to it instead of another.") }
    }

    /// The private part of a proven event; `nil` where there never was one, or where it was erased.
    func privatePart(of event: EventRow) throws -> [UInt8]? {
        guard let digest = event.privateDigest else { return nil }
        let sql = "SELECT salt, body FROM event_private WHERE seq = ?"
        guard let row = try Row.fetchOne(self.database, sql: sql, arguments: [event.sequence]) else { return nil }
        let body = row.bytes(1) ?? []
        guard ChainDigest.ofBytes((row.bytes(0) ?? []) + body) == digest else {
            throw self.damage(event, "its private part is not the one that it was written with.")
        }
        return body
    }

    func damage(_ event: EventRow?, _ sentence: String) -> JournalError {
        .damaged(path: self.path, finding: "\(Finding(sequence: event?.sequence, sentence: sentence))")
    }
}
