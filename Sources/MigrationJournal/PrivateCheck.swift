internal import GRDB

/// Each private part against the digest in its event. One that is gone was erased, which is allowed.
enum PrivateCheck {
    static func run(_ database: Database, from first: Int64 = 1, _ result: inout VerificationResult) throws {
        var bound = 0 as Int64
        let sql = """
            SELECT p.seq, p.salt, p.body, e.private_digest FROM event_private p LEFT JOIN event e ON e.seq = p.seq
            WHERE p.seq >= ?
            """
        let rows = try Row.fetchCursor(database, sql: sql, arguments: [first])
        while let row = try rows.next() {
            bound += 1
            let digest = ChainDigest.ofBytes((row.bytes(1) ?? []) + (row.bytes(2) ?? []))
            guard digest != row.bytes(3) else { continue }
            result.find("its private part is not the one that it was written with.", at: row.integer(0))
        }
        let sum = "SELECT count(private_digest) FROM event WHERE seq >= ?"
        let counted = try Row.fetchOne(database, sql: sum, arguments: [first])?.integer(0) ?? 0
        result.erasedPrivateCount = max(0, counted - bound)
    }
}
