internal import GRDB

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
