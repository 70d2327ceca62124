internal import CSQLiteShim
internal import GRDB

/// What a connection must be told before it may write, and whether it heard.
///
/// GRDB sets `synchronous=NORMAL` when it turns WAL on by itself, and a commit may then vanish with the power: so the
/// connection is opened in GRDB's default mode, told everything here, and asked for everything again.
enum JournalSettings {
    /// Name, what is set, what reading it must give. See: <https://sqlite.org/pragma.html>.
    private static let pragmas: [(name: String, value: String, readBack: String)] = [
        ("journal_mode", "WAL", "wal"),
        ("synchronous", "FULL", "2"),
        ("foreign_keys", "ON", "1"),
        ("recursive_triggers", "ON", "1"),
        ("trusted_schema", "OFF", "0"),
        ("cell_size_check", "ON", "1"),
        ("mmap_size", "0", "0"),
        ("temp_store", "MEMORY", "2"),
        ("wal_autocheckpoint", "0", "0"),
        ("secure_delete", "ON", "1"),
        ("ignore_check_constraints", "OFF", "0"),
        ("locking_mode", "NORMAL", "normal"),
    ]

    /// For `prepareDatabase` of a writing connection: looks at what the file is before anything is changed in it.
    static func prepare(_ database: Database, path: String) throws {
        // First of all: closing a connection that is refused below would else write the log back and remove it.
        try Self.require("SQLITE_FCNTL_PERSIST_WAL", vz_sqlite_persist_wal(database.sqliteConnection))
        try Self.require(
            "SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE", vz_sqlite_close_without_checkpoint(database.sqliteConnection))
        try Self.requireKnownSchema(database, path: path)
        try Self.requireWriteAheadLog(database, path: path)
        for pragma in Self.pragmas {
            try database.execute(sql: "PRAGMA \(pragma.name) = \(pragma.value)")
        }
        try Self.require("SQLITE_DBCONFIG_DEFENSIVE", vz_sqlite_harden(database.sqliteConnection))
    }

    /// Refuses a connection on which any setting is not what ``prepare(_:path:)`` asked for.
    static func requireInForce(_ database: Database) throws {
        for pragma in Self.pragmas {
            let row = try Row.fetchOne(database, sql: "PRAGMA \(pragma.name)")
            let found = row.flatMap { $0.integer(0).map { "\($0)" } ?? $0.text(0) } ?? "nothing"
            guard found == pragma.readBack else {
                throw JournalError.settingNotInForce(setting: pragma.name, wanted: pragma.value, found: found)
            }
        }
    }

    /// Version 0 in an empty file is one that this program may fill.
    static func requireKnownSchema(_ database: Database, path: String) throws {
        let (application, version) = try Self.header(database)
        let objects = try Row.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master")?.integer(0) ?? 0
        if application == 0, version == 0, objects == 0 { return }
        guard application == Int64(JournalSchema.applicationID) else {
            throw JournalError.notAJournal(path: path, reason: "its application id is \(application)")
        }
        guard version <= Int64(JournalSchema.version) else {
            throw JournalError.schemaNewer(path: path, found: version, known: Int64(JournalSchema.version))
        }
    }

    /// A journal that is told to be no WAL database would lose its log when it is turned into one.
    /// See: <https://sqlite.org/fileformat.html>, 1.3.3.
    private static func requireWriteAheadLog(_ database: Database, path: String) throws {
        guard try Self.header(database).application != 0 else { return }
        var header = [UInt8](repeating: 0, count: 20)
        let code = vz_sqlite_read_file(database.sqliteConnection, &header, Int32(header.count), 0)
        guard code == 0, header[18...] == [2, 2] else {
            throw JournalError.damaged(path: path, finding: "its header does not say that it has a write-ahead log.")
        }
    }

    /// `application_id` and `user_version`.
    static func header(_ database: Database) throws -> (application: Int64, version: Int64) {
        (
            try Row.fetchOne(database, sql: "PRAGMA application_id")?.integer(0) ?? 0,
            try Row.fetchOne(database, sql: "PRAGMA user_version")?.integer(0) ?? 0
        )
    }

    private static func require(_ setting: String, _ code: Int32) throws(JournalError) {
        guard code == 0 else {
            throw .settingNotInForce(setting: setting, wanted: "1", found: "SQLite error \(code)")
        }
    }
}
