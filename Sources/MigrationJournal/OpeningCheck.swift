internal import GRDB

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
