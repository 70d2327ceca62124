internal import GRDB
internal import Glibc
internal import JournalSchema

extension JournalReader {
    /// Opens a journal as evidence: makes and alters no file beside it, needs no right to write, works while it is
    /// being written, after a crash, and for a copy. A newer schema is read as far as it is known.
    ///
    /// Not for a process that has the same journal open as a ``JournalStore``: SQLite shares `-shm` within a process,
    /// and what was opened for reading only would then refuse the writer. Ask ``JournalStore/reader`` there.
    ///
    package convenience init(path: String) throws(JournalError) {
        guard access(path, F_OK) == 0 else {
            throw errno == ENOENT ? .absent(path: path) : .system("find", path, errno: errno)
        }
        guard access(path, R_OK) == 0 else { throw .system("read", path, errno: errno) }
        let way = try Self.way(to: path)
        var configuration = Configuration()
        configuration.readonly = way.scratch == nil
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            for pragma in ["trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "temp_store = MEMORY"] {
                try database.execute(sql: "PRAGMA \(pragma)")
            }
            try Self.requireJournal(database, path: path)
        }
        do {
            let queue = try DatabaseQueue(path: way.uri, configuration: configuration)
            self.init(queue: queue, path: path, scratch: way.scratch)
        } catch { throw JournalError("open the journal", in: path, error) }
    }

    /// The schema's number, which may be newer than what this program knows.
    package func schemaVersion() throws(JournalError) -> Int64 {
        try self.read("read the schema's number") { try JournalSettings.header($0).version }
    }

    /// - With `-shm`: somebody may be writing. SQLite then reads beside them, or after a crash rebuilds in memory what
    ///   `-shm` would tell; `readonly_shm` keeps its hands off the file.
    /// - With neither `-shm` nor anything in `-wal`: the database is all there is, and nobody is writing.
    /// - With `-wal` alone: SQLite would have to make `-shm`, so it works on a copy elsewhere.
    private static func way(to path: String) throws(JournalError) -> (uri: String, scratch: ScratchCopy?) {
        var status = stat()
        if stat("\(path)-shm", &status) == 0, stat("\(path)-wal", &status) == 0 {
            return ("\(Self.uri(path))?mode=ro&readonly_shm=1", nil)
        }
        if stat("\(path)-wal", &status) == 0, status.st_size > 0 {
            let scratch = try ScratchCopy(of: path)
            return (Self.uri(scratch.database), scratch)
        }
        return ("\(Self.uri(path))?mode=ro&immutable=1", nil)
    }

    /// See: <https://sqlite.org/uri.html>. GRDB opens with SQLITE_OPEN_URI.
    private static func uri(_ path: String) -> String {
        let escaped = path.utf8.map { byte -> String in
            let character = Character(UnicodeScalar(byte))
            let isPlain = byte < 0x80 && (character.isLetter || character.isNumber || "/._-".contains(character))
            return isPlain ? String(character) : "%" + Hexadecimal.text([byte])
        }
        return "file:" + escaped.joined()
    }

    private static func requireJournal(_ database: Database, path: String) throws {
        let application = try JournalSettings.header(database).application
        guard application == Int64(JournalSchema.applicationID) else {
            throw JournalError.notAJournal(path: path, reason: "its application id is \(application)")
        }
    }
}
