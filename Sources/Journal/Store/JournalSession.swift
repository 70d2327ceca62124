internal import FoundationEssentials
internal import Glibc
internal import GRDB
internal import Host

/// Who opened the journal for writing, and with what: one row an opening that wrote anything.
package struct JournalSession: Hashable, Sendable {
    package var processID: Int64

    /// Clock ticks after boot; tells a reused pid from the first one. `nil` where /proc does not tell.
    package var startedTicks: Int64?
    package var userID: Int64
    package var effectiveUserID: Int64

    /// The user who logged in, whatever sudo made of them since; `nil` for none. See: 'man 3 audit_getloginuid'.
    package var loginUserID: Int64?

    /// The login user's name where there is one, else the user's; the number where it has no name.
    package var userName: String
    package var hostName: String

    /// `SSH_CONNECTION`, for an agent that was started over SSH.
    package var sshClient: String?

    /// SHA-256 of `/proc/self/cmdline`: proves a command line that somebody shows without keeping its secrets.
    package var argumentsDigest: [UInt8]
    package var toolVersion: String
    package var kernelRelease: String
    package var sqliteVersion: String
    package var time: JournalTime

    /// What the hash of each of the session's events covers.
    func digest(id: Int64) -> [UInt8] {
        var digest = ChainDigest(tag: "vzmj/1/session")
        digest.add(id)
        digest.add(self.processID)
        digest.add(self.startedTicks)
        digest.add(self.userID)
        digest.add(self.effectiveUserID)
        digest.add(self.loginUserID)
        digest.add(self.userName)
        digest.add(self.hostName)
        digest.add(self.sshClient)
        digest.add(self.argumentsDigest)
        digest.add(self.toolVersion)
        digest.add(self.kernelRelease)
        digest.add(self.sqliteVersion)
        digest.add(self.time.wallNanoseconds)
        digest.add(self.time.bootNanoseconds)
        digest.add(self.time.bootID)
        return digest.value
    }
}

extension JournalSession {
    /// This process, as the system tells it now.
    static func current(toolVersion: String, sqliteVersion: String) -> JournalSession {
        let login = Self.loginUserID()
        return JournalSession(
            processID: Int64(getpid()), startedTicks: (try? ProcessStart.ticks()).flatMap { Int64(exactly: $0) },
            userID: Int64(getuid()),
            effectiveUserID: Int64(geteuid()), loginUserID: login,
            userName: Self.name(ofUser: login.map { uid_t(truncatingIfNeeded: $0) } ?? getuid()),
            hostName: Self.systemName { $0.nodename }, sshClient: Self.environment("SSH_CONNECTION"),
            argumentsDigest: ChainDigest.ofBytes(Self.contents("/proc/self/cmdline") ?? []),
            toolVersion: toolVersion, kernelRelease: Self.systemName { $0.release }, sqliteVersion: sqliteVersion,
            time: .now())
    }

    /// `nil` for 4294967295, "not set". See: 'man 5 proc', /proc/pid/loginuid.
    private static func loginUserID() -> Int64? {
        guard let bytes = Self.contents("/proc/self/loginuid") else { return nil }
        guard let uid = Int64(String(decoding: bytes, as: UTF8.self).filter { $0.isNumber }) else { return nil }
        return uid == Int64(UInt32.max) ? nil : uid
    }

    private static func name(ofUser uid: uid_t) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(uid, &entry, &buffer, buffer.count, &found) == 0, let name = found?.pointee.pw_name
        else { return "\(uid)" }
        return String(cString: name)
    }

    private static func systemName<Field>(_ field: (utsname) -> Field) -> String {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        return withUnsafeBytes(of: field(name)) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    private static func contents(_ path: String) -> [UInt8]? {
        (try? Data(contentsOf: URL(filePath: path))).map { Array($0) }
    }
}

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
