internal import FoundationEssentials
internal import Glibc
internal import GRDB
package import HandOver

/// A journal, open for questions. Each question sees the journal as it is at that moment, whole.
package final class JournalReader: Sendable {
    /// The database, as it was named.
    package let path: String

    let queue: DatabaseQueue

    /// Every event before this number is of a migration that has ended, or of none; 1 where that is not known.
    let firstOpen: Int64
    private let scratch: ScratchCopy?

    init(queue: DatabaseQueue, path: String, firstOpen: Int64 = 1, scratch: ScratchCopy? = nil) {
        self.queue = queue
        self.path = path
        self.firstOpen = firstOpen
        self.scratch = scratch
    }

    /// The identity of the journal, and so of the node.
    package func journal() throws(JournalError) -> UniqueID {
        let identity = try self.read("read the journal's identity") { try JournalIdentity.read($0) }
        guard let id = identity.flatMap({ UniqueID(bytes: $0.journal) }) else {
            throw .notAJournal(path: self.path, reason: "it has no identity")
        }
        return id
    }

    /// Where the chain ends; sequence 0 is the genesis.
    package func head() throws(JournalError) -> ChainHead {
        try self.read("read the end of the journal") { database in
            try Self.head(database, genesis: try JournalIdentity.read(database)?.genesis ?? [])
        }
    }

    /// The head that this journal had when that event was the last: what a peer that recorded it compares.
    ///
    /// - Returns: `nil` for a number that the journal has not reached.
    package func head(at sequence: Int64) throws(JournalError) -> ChainHead? {
        try self.read("read event \(sequence)") { database in
            let sql = "SELECT hash FROM event WHERE seq = ?"
            let row = try Row.fetchOne(database, sql: sql, arguments: [sequence])
            return row?.bytes(0).map { ChainHead(sequence: sequence, hash: $0) }
        }
    }

    /// The furthest head recorded of that peer, in any record; `nil` for none.
    package func lastKnownHead(ofPeer peer: UniqueID) throws(JournalError) -> ChainHead? {
        try self.read("read what peer \(peer.uuid) said") { database in
            let sql = """
                SELECT \(EventRow.columns) FROM event WHERE peer = ? AND peer_seq IS NOT NULL
                ORDER BY peer_seq DESC, seq ASC LIMIT 1
                """
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [Data(peer.bytes)]) else { return nil }
            let event = EventRow(row)
            try EventProof(database, path: self.path).require(event, event.peer == peer.bytes)
            guard let sequence = event.peerSequence, let hash = event.peerHash else { return nil }
            return ChainHead(sequence: sequence, hash: hash)
        }
    }

    /// Every head that was recorded of that peer, oldest first.
    package func heads(ofPeer peer: UniqueID) throws(JournalError) -> [ChainHead] {
        try self.read("read what peer \(peer.uuid) said") { database in
            let sql = "SELECT peer_seq, peer_head FROM event WHERE peer = ? AND peer_seq IS NOT NULL ORDER BY seq"
            return try Row.fetchAll(database, sql: sql, arguments: [Data(peer.bytes)]).compactMap { row in
                guard let sequence = row.integer(0), let hash = row.bytes(1) else { return nil }
                return ChainHead(sequence: sequence, hash: hash)
            }
        }
    }

    func read<Value>(
        _ operation: String, _ body: (Database) throws -> Value
    ) throws(JournalError) -> Value {
        do {
            return try self.queue.read(body)
        } catch { throw JournalError(operation, in: self.path, error) }
    }

    static func head(_ database: Database, genesis: [UInt8]) throws -> ChainHead {
        let sql = "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1"
        guard let row = try Row.fetchOne(database, sql: sql), let sequence = row.integer(0), let hash = row.bytes(1)
        else { return ChainHead(sequence: 0, hash: genesis) }
        return ChainHead(sequence: sequence, hash: hash)
    }

    /// 0 for a migration of which there is no record.
    static func version(of migration: UniqueID, _ database: Database) throws -> Int64 {
        let statement = try database.cachedStatement(sql: "SELECT max(ver) FROM event WHERE mig = ?")
        return try Row.fetchOne(statement, arguments: [Data(migration.bytes)])?.integer(0) ?? 0
    }
}

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

/// A private copy of a database and its write-ahead log, removed with the last reference to it.
final class ScratchCopy: Sendable {
    private let directory: String

    /// Where the database's copy lies, with its `-wal` beside it.
    var database: String { "\(self.directory)/journal.db" }

    init(of path: String) throws(JournalError) {
        let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(temporary)/vzmigrate-journal.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw .system("make a directory in", temporary, errno: errno) }
        self.directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do {
            try FileManager.default.copyItem(atPath: path, toPath: "\(self.directory)/journal.db")
            try FileManager.default.copyItem(atPath: "\(path)-wal", toPath: "\(self.directory)/journal.db-wal")
        } catch {
            try? FileManager.default.removeItem(atPath: self.directory)
            throw .fileFailed(operation: "copy for reading", path: path, reason: "\(error).")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: self.directory) }
}
