internal import FoundationEssentials
internal import GRDB

extension JournalSession {
    /// The columns that ``init(_:)`` expects, in order, of a table `session`.
    static let columns = """
        id, pid, started_ticks, uid, euid, loginuid, CAST(user AS BLOB), CAST(host AS BLOB), CAST(ssh_client AS BLOB), \
        argv_digest, CAST(tool AS BLOB), CAST(kernel AS BLOB), CAST(sqlite AS BLOB), wall_ns, boot_ns, boot_id
        """

    /// Never fails; see ``EventRow/init(_:)``.
    init(_ row: Row) {
        self.init(
            processID: row.integer(1) ?? 0, startedTicks: row.integer(2), userID: row.integer(3) ?? -1,
            effectiveUserID: row.integer(4) ?? -1, loginUserID: row.integer(5), userName: row.text(6) ?? "",
            hostName: row.text(7) ?? "", sshClient: row.text(8), argumentsDigest: row.bytes(9) ?? [],
            toolVersion: row.text(10) ?? "", kernelRelease: row.text(11) ?? "", sqliteVersion: row.text(12) ?? "",
            time: JournalTime(
                wallNanoseconds: row.integer(13) ?? 0, bootNanoseconds: row.integer(14) ?? 0,
                bootID: row.bytes(15) ?? []))
    }

    func insert(id: Int64, into database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO session (id, pid, started_ticks, uid, euid, loginuid, user, host, ssh_client, argv_digest,
                    tool, kernel, sqlite, wall_ns, boot_ns, boot_id)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, self.processID, self.startedTicks, self.userID, self.effectiveUserID, self.loginUserID,
                self.userName, self.hostName, self.sshClient, Data(self.argumentsDigest), self.toolVersion,
                self.kernelRelease, self.sqliteVersion, self.time.wallNanoseconds, self.time.bootNanoseconds,
                Data(self.time.bootID),
            ])
    }
}
