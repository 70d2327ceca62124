internal import FoundationEssentials
internal import GRDB
internal import HandOver

/// Makes events of records and puts them at the end of the chain, in the caller's transaction.
struct EventWriter {
    let identity: JournalIdentity
    let session: JournalSession

    /// Gives the session's number, whose row is made where `knownSession` is `nil`, the entries of the records,
    /// and where the chain ends now.
    func append(
        _ records: [NewRecord], knownSession: Int64?, _ database: Database
    ) throws -> (session: Int64, entries: [JournalEntry], head: ChainHead) {
        try Self.requireExpectedVersions(records, database)
        let session = try knownSession ?? self.insertSession(database)
        let sessionDigest = self.session.digest(id: session)
        var head = try JournalReader.head(database, genesis: self.identity.genesis)
        var entries: [JournalEntry] = []
        let time = JournalTime.now()
        for record in records {
            let version = try record.migration.map { try JournalReader.version(of: $0, database) + 1 }
            let record = try Self.hearingTheFurthest(record, database)
            var row = EventRow(record, after: head, version: version, time: time, session: session)
            try self.insert(&row, record.privatePayload, sessionDigest, database)
            head = row.head
            entries.append(row.entry(privatePayload: record.privatePayload))
        }
        return (session, entries, head)
    }

    /// The record with the furthest head on record of its peer, where it may have that.
    private static func hearingTheFurthest(_ record: NewRecord, _ database: Database) throws -> NewRecord {
        guard record.peerMayBeFurther, let peer = record.peer, let head = record.peerHead else { return record }
        let sql = """
            SELECT peer_seq, peer_head FROM event WHERE peer = ? AND peer_seq > ?
            ORDER BY peer_seq DESC, seq ASC LIMIT 1
            """
        let row = try Row.fetchOne(database, sql: sql, arguments: [Data(peer.bytes), head.sequence])
        guard let sequence = row?.integer(0), let hash = row?.bytes(1) else { return record }
        var record = record
        record.peerHead = ChainHead(sequence: sequence, hash: hash)
        return record
    }

    /// The number of the first event that an open migration has, or that of the next event. Rises only when a migration
    /// ends; until then an earlier answer stands.
    static func firstOpen(_ database: Database, from known: Int64, after head: ChainHead) throws -> Int64 {
        let sql = """
            SELECT min(first) FROM (SELECT min(seq) AS first, min(ver) AS began, max(ends) AS ended
                FROM event NOT INDEXED WHERE seq >= ? AND mig IS NOT NULL GROUP BY mig)
            WHERE ended = 0 AND (began = 1 OR ? <= 1)
            """
        return try Row.fetchOne(database, sql: sql, arguments: [known, known])?.integer(0) ?? head.sequence + 1
    }

    private func insert(
        _ row: inout EventRow, _ privatePayload: [UInt8]?, _ sessionDigest: [UInt8], _ database: Database
    ) throws {
        let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        row.privateDigest = privatePayload.map { ChainDigest.ofBytes(salt + $0) }
        row.hash = row.digest(journal: self.identity.journal, sessionDigest: sessionDigest)
        try row.insert(into: database)
        guard let privatePayload else { return }
        try database.execute(
            sql: "INSERT INTO event_private (seq, salt, body) VALUES (?, ?, ?)",
            arguments: [row.sequence, Data(salt), Data(privatePayload)])
    }

    private func insertSession(_ database: Database) throws -> Int64 {
        let last = try Row.fetchOne(database, sql: "SELECT max(id) FROM session")?.integer(0) ?? 0
        try self.session.insert(id: last + 1, into: database)
        return last + 1
    }

    /// The records of one migration in one call count on from each other: each expects what the one before leaves.
    private static func requireExpectedVersions(_ records: [NewRecord], _ database: Database) throws {
        var versions: [UniqueID: Int64] = [:]
        for record in records {
            guard let migration = record.migration else { continue }
            let found = try versions[migration] ?? JournalReader.version(of: migration, database)
            if let expected = record.expectedVersion, expected != found {
                throw JournalError.versionConflict(migration: migration, expected: expected, found: found)
            }
            versions[migration] = found + 1
        }
    }
}

/// What changes while a store is open.
struct JournalWriting: ~Copyable {
    let lock: JournalLock

    /// Why nothing more may be appended; `nil` while all went well.
    var refusal: JournalError?

    /// The row of this opening; `nil` until something was appended.
    var sessionID: Int64?

    init(lock: consuming JournalLock, sessionID: Int64?) {
        self.lock = lock
        self.sessionID = sessionID
    }
}
