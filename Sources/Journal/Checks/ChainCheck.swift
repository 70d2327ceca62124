internal import FoundationEssentials
internal import GRDB

/// Identity, sessions and events, each bound to the one before.
enum ChainCheck {
    /// From the event of that number on, which follows from the one before it; 1 for all there are.
    static func run(_ database: Database, from first: Int64 = 1, _ result: inout VerificationResult) throws {
        guard let identity = try JournalIdentity.read(database) else {
            return result.find("the identity is missing.")
        }
        let only = try Row.fetchOne(database, sql: "SELECT count(*), min(one) FROM meta")
        if only?.integer(0) != 1 || only?.integer(1) != 1 {
            result.find("the identity is not the one row that it must be.")
        }
        if identity.digest != identity.genesis { result.find("the identity is not the one that the chain began with.") }
        result.head = try Self.head(before: first, identity, database)
        let sessions = try Self.sessionDigests(database)
        var unused = Set(sessions.keys)
        var versions: [[UInt8]: Int64] = [:]
        let sql = "SELECT \(EventRow.columns) FROM event NOT INDEXED WHERE seq >= ? ORDER BY seq"
        let rows = try Row.fetchCursor(database, sql: sql, arguments: [first])
        while let row = try rows.next() {
            let event = EventRow(row)
            Self.check(event, identity, sessions, &versions, isWhole: first <= 1, &result)
            unused.remove(event.session)
            result.head = event.head
            result.eventCount += 1
        }
        guard first <= 1 else { return }
        if result.eventCount == 0 { result.find("there is no event, not even that of the journal's making.") }
        for id in unused.sorted() { result.find("session \(id) wrote no event.") }
    }

    private static func head(
        before first: Int64, _ identity: JournalIdentity, _ database: Database
    ) throws -> ChainHead {
        guard first > 1 else { return ChainHead(sequence: 0, hash: identity.genesis) }
        let row = try Row.fetchOne(database, sql: "SELECT hash FROM event WHERE seq = ?", arguments: [first - 1])
        return ChainHead(sequence: first - 1, hash: row?.bytes(0) ?? [])
    }

    private static func sessionDigests(_ database: Database) throws -> [Int64: [UInt8]] {
        var digests: [Int64: [UInt8]] = [:]
        let rows = try Row.fetchCursor(database, sql: "SELECT \(JournalSession.columns) FROM session")
        while let row = try rows.next() {
            guard let id = row.integer(0) else { continue }
            digests[id] = JournalSession(row).digest(id: id)
        }
        return digests
    }

    private static func check(
        _ event: EventRow, _ identity: JournalIdentity, _ sessions: [Int64: [UInt8]],
        _ versions: inout [[UInt8]: Int64], isWhole: Bool, _ result: inout VerificationResult
    ) {
        let sequence = event.sequence
        if sequence != result.head.sequence &+ 1 {
            result.find("it follows event \(result.head.sequence): what was between them is gone.", at: sequence)
        }
        if event.previousHash != result.head.hash {
            result.find("it does not follow the event before it: one of the two was altered.", at: sequence)
        }
        if let session = sessions[event.session] {
            if event.digest(journal: identity.journal, sessionDigest: session) != event.hash {
                result.find("it was altered: its hash is not that of its content.", at: sequence)
            }
        } else {
            result.find("its session \(event.session) is gone.", at: sequence)
        }
        guard let migration = event.migration else { return }
        // One that began before the first event that is looked at had ended there already.
        let known = versions[migration] ?? (isWhole ? 0 : (event.version ?? 0) &- 1)
        if event.version != known &+ 1 {
            result.find("its version does not follow its migration's last one.", at: sequence)
        }
        versions[migration] = event.version ?? 0
    }
}

/// GRDB's own subscripts stop the program on a value of another type, which a damaged file may well hold.
extension Row {
    /// `nil` for NULL and for what is no integer.
    func integer(_ index: Int) -> Int64? {
        let value: DatabaseValue = self[index]
        guard case .int64(let integer) = value.storage else { return nil }
        return integer
    }

    /// `nil` for NULL and for what is neither a blob nor text.
    func bytes(_ index: Int) -> [UInt8]? {
        let value: DatabaseValue = self[index]
        switch value.storage {
        case .blob(let data): return Array(data)
        case .string(let text): return Array(text.utf8)
        case .null, .int64, .double: return nil
        }
    }

    /// Like ``bytes(_:)``; bytes that are not UTF-8 become U+FFFD.
    func text(_ index: Int) -> String? {
        self.bytes(index).map { String(decoding: $0, as: UTF8.self) }
    }
}
