internal import CSQLiteShim
internal import GRDB

/// The file as SQLite sees it: its header, its pages, its indexes, and the text of its schema.
enum StructureCheck {
    static func run(_ database: Database, _ result: inout VerificationResult) throws {
        try Self.runQuickly(database, &result)
        let rows = try Row.fetchCursor(database, sql: "PRAGMA integrity_check(100)")
        while let row = try rows.next() {
            let text = row.text(0) ?? "no answer"
            if text != "ok" { result.find("SQLite's integrity check says: \(text).") }
        }
        for row in try Row.fetchAll(database, sql: "PRAGMA foreign_key_check") {
            result.find("a row of \(row.text(0) ?? "?") refers to a row of \(row.text(2) ?? "?") that is not there.")
        }
    }

    /// What takes no longer in a larger file.
    static func runQuickly(_ database: Database, _ result: inout VerificationResult) throws {
        try Self.checkIdentifiers(database, &result)
        try Self.checkSchema(database, &result)
        try Self.checkHeader(database, &result)
    }

    private static func checkIdentifiers(_ database: Database, _ result: inout VerificationResult) throws {
        let (application, version) = try JournalSettings.header(database)
        if application != Int64(JournalSchema.applicationID) {
            result.find("the application id is \(application) instead of \(JournalSchema.applicationID).")
        }
        if version != Int64(JournalSchema.version) {
            result.find("the schema has number \(version); this program can verify \(JournalSchema.version) only.")
        }
    }

    /// Compares every table, index and trigger, word for word, with a database that was just made.
    private static func checkSchema(_ database: Database, _ result: inout VerificationResult) throws {
        let wanted = try Self.wantedObjects.get()
        let found = try Self.objects(database)
        for (name, definition) in wanted.sorted(by: { $0.key < $1.key }) where found[name] != definition {
            result.find(
                found[name] == nil
                    ? "\(name) is missing from the schema." : "\(name) is not what schema v1 says it is.")
        }
        for name in found.keys.sorted() where wanted[name] == nil {
            result.find("\(name) does not belong to the schema.")
        }
    }

    /// What ``objects(_:)`` finds in a database that was just made.
    private static let wantedObjects: Result<[String: [String]], any Error> = Result {
        try DatabaseQueue().write { database in
            try database.execute(sql: JournalSchema.sql)
            return try Self.objects(database)
        }
    }

    /// `trigger event_is_never_updated` and the like, with the table, the SQL text and whether it has pages of its own,
    /// all quoted as SQL so that a blob does not pass for the same text.
    private static func objects(_ database: Database) throws -> [String: [String]] {
        var objects: [String: [String]] = [:]
        let sql = """
            SELECT CAST(type AS BLOB), CAST(name AS BLOB), quote(type), quote(name), quote(tbl_name), quote(sql),
                CASE WHEN rootpage IS 0 THEN 'none' ELSE typeof(rootpage) END FROM sqlite_master
            """
        let rows = try Row.fetchCursor(database, sql: sql)
        while let row = try rows.next() {
            let name = "\(row.text(0) ?? "?") \(row.text(1) ?? "?")"
            objects[name] = (2...6).map { row.text($0) ?? "" } + (objects[name] ?? [])
        }
        return objects
    }

    /// Header fields that SQLite ignores, and in which a damaged byte would therefore pass unseen.
    /// See: <https://sqlite.org/fileformat.html>, 1.3.
    private static func checkHeader(_ database: Database, _ result: inout VerificationResult) throws {
        var header = [UInt8](repeating: 0, count: 100)
        let code = vz_sqlite_read_file(database.sqliteConnection, &header, Int32(header.count), 0)
        guard code == 0 else { return result.find("the file's header could not be read: SQLite error \(code).") }
        // Until the first checkpoint the true header is in the write-ahead log, and this one names no application.
        if header[68..<72].allSatisfy({ $0 == 0 }) { return }
        let fixed: [(range: Range<Int>, wanted: [UInt8], name: String)] = [
            (0..<16, Array("SQLite format 3\0".utf8), "the magic string"),
            (18..<20, [2, 2], "the format's version, that of a write-ahead log"),
            (20..<24, [0, 64, 32, 32], "the payload fractions"),
            (44..<48, [0, 0, 0, 4], "the schema format"),
            (48..<52, [0, 0, 0, 0], "the cache size"),
            (52..<56, [0, 0, 0, 0], "the largest root page"),
            (56..<60, [0, 0, 0, 1], "the text encoding"),
            (64..<68, [0, 0, 0, 0], "the incremental vacuum"),
            (72..<92, [UInt8](repeating: 0, count: 20), "the reserved space"),
        ]
        for field in fixed where Array(header[field.range]) != field.wanted {
            result.find("the file's header has another value for \(field.name).")
        }
        if header[24..<28] != header[92..<96] { result.find("the file's header has two change counters.") }
    }
}

/// What is proven of a journal before anything is done on its word: the form of the file, and every event that an open
/// migration may have, up to the last one. Its cost is that of what is open; `vzmigrate-journal verify` looks at all.
enum OpeningCheck {
    /// Without a witness every event is looked at.
    ///
    /// - Throws: ``JournalError/damaged(path:finding:)`` with the first thing that is wrong, or
    ///   ``JournalError/historyLost(path:sequence:)``.
    static func run(_ database: Database, _ witness: JournalWitness?, path: String) throws {
        var result = VerificationResult(head: ChainHead(sequence: 0, hash: []))
        try StructureCheck.runQuickly(database, &result)
        try Self.requireNone(result, path)
        if let witness, try !witness.isPart(of: database) {
            throw JournalError.historyLost(path: path, sequence: witness.head.sequence)
        }
        let firstOpen = witness?.firstOpen ?? 1
        try ChainCheck.run(database, from: firstOpen, &result)
        try PrivateCheck.run(database, from: firstOpen, &result)
        try Self.checkEnd(database, &result)
        try Self.checkVersions(database, from: firstOpen, &result)
        try Self.requireNone(result, path)
    }

    /// The last event is found from the other end too, as the next one's insertion will.
    private static func checkEnd(_ database: Database, _ result: inout VerificationResult) throws {
        let head = try JournalReader.head(database, genesis: try JournalIdentity.read(database)?.genesis ?? [])
        if head != result.head { result.find("the events cannot be read to the last one, \(head.sequence).") }
    }

    /// The index by migration finds what the events say.
    private static func checkVersions(
        _ database: Database, from first: Int64, _ result: inout VerificationResult
    ) throws {
        let sql = """
            SELECT hex(mig)
            FROM (SELECT mig, max(ver) AS last FROM event NOT INDEXED WHERE seq >= ? GROUP BY mig) AS seen
            WHERE mig IS NOT NULL AND last IS NOT (SELECT max(ver) FROM event WHERE mig = seen.mig)
            """
        guard let row = try Row.fetchOne(database, sql: sql, arguments: [first]) else { return }
        let name = (row.text(0) ?? "").prefix(8).lowercased()
        result.find("the index does not have every event of migration \(name).")
    }

    private static func requireNone(_ result: VerificationResult, _ path: String) throws(JournalError) {
        if let finding = result.findings.first { throw .damaged(path: path, finding: "\(finding)") }
    }
}
