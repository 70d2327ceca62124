internal import CSQLiteShim
internal import GRDB
package import HandOver
internal import Synchronization

/// This node's journal, open for writing. Several processes may hold it at once, each for hours.
///
/// Every call blocks until the disk has answered. After the first append that fails, nothing more can be appended:
/// what the disk holds is then known only to whoever opens it again.
package final class JournalStore: Sendable {
    /// What a caller may decide about an opening.
    package struct Options: Sendable {
        /// Also takes file systems that may lose a committed record. For tests.
        package var allowsVolatileFileSystem = false

        /// How long to wait for other processes' writes, each a few milliseconds long.
        package var lockPatience: Duration = .seconds(10)

        package init() {}
    }

    /// Answers every question; it sees each record that was appended, by this process or another.
    package let reader: JournalReader

    /// The identity of this journal, and so of the node.
    package let journal: UniqueID

    let queue: DatabaseQueue
    let writer: EventWriter

    /// Held through an append on purpose: one process appends one thing at a time.
    let writing: Mutex<JournalWriting>

    /// Opens the journal in a directory, which it makes where it is absent. Its parent must exist.
    ///
    /// - Throws: where the file system or SQLite cannot promise durability, for a newer schema, and where what the
    ///   journal says of open migrations is not what was written to it. Then the files are as they were.
    package init(
        directory path: String, toolVersion: String, options: Options = Options()
    ) throws(JournalError) {
        let directory = JournalDirectory(path: path)
        try directory.make()
        if !options.allowsVolatileFileSystem { try FileSystemKind.requireDurable(path) }
        let lock = try JournalLock(path: directory.lock, patience: options.lockPatience)
        let session = JournalSession.current(
            toolVersion: toolVersion, sqliteVersion: String(cString: vz_sqlite_version()))
        let opened = try lock.whileHeld { () throws(JournalError) in
            let opened = try Self.open(directory, lock.witness(), session)
            if opened.sessionID != nil { try lock.keep(Self.firstWitness(opened)) }
            return opened
        }
        self.queue = opened.queue
        self.writer = opened.writer
        self.journal = opened.journal
        self.reader = opened.reader
        self.writing = Mutex(JournalWriting(lock: lock, sessionID: opened.sessionID))
    }

    /// What an opening comes to; the session's number only where the journal was just made.
    private struct Opened {
        let queue: DatabaseQueue
        let writer: EventWriter
        let journal: UniqueID
        let reader: JournalReader
        let sessionID: Int64?
    }

    private static func open(
        _ directory: JournalDirectory, _ witness: JournalWitness?, _ session: JournalSession
    ) throws(JournalError) -> Opened {
        let path = directory.database
        try directory.makeDatabaseFile(after: witness)
        let log = WriteAheadLog(ofDatabase: path)
        if log.lostAcknowledgedEvents {
            throw .committedEventsLost(path: path, transactionCount: log.lostCommitCount)
        }
        let queue = try Self.connect(path)
        let (writer, sessionID) = try Self.establish(queue, witness, session, path: path)
        guard let journal = UniqueID(bytes: writer.identity.journal) else {
            throw .notAJournal(path: path, reason: "its identity is damaged")
        }
        let reader = JournalReader(queue: queue, path: path, firstOpen: witness?.firstOpen ?? 1)
        return Opened(queue: queue, writer: writer, journal: journal, reader: reader, sessionID: sessionID)
    }

    private static func connect(_ path: String) throws(JournalError) -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.label = "vzmigrate.journal"
        configuration.prepareDatabase { try JournalSettings.prepare($0, path: path) }
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch { throw JournalError("open the journal", in: path, error) }
    }

    private static func firstWitness(_ opened: Opened) throws(JournalError) -> JournalWitness {
        JournalWitness(journal: opened.journal, head: try opened.reader.head(), firstOpen: 1)
    }

    /// The first event of every journal: it binds the identity to the chain.
    private static let created = NewRecord(kind: "journal.created", recordClass: .custody)

    /// Makes the tables and the first event in an empty file, and proves what is in any other.
    private static func establish(
        _ queue: DatabaseQueue, _ witness: JournalWitness?, _ session: JournalSession, path: String
    ) throws(JournalError) -> (writer: EventWriter, sessionID: Int64?) {
        do {
            return try queue.write { database in
                try JournalSettings.requireInForce(database)
                guard try JournalSettings.header(database).application == 0 else {
                    try OpeningCheck.run(database, witness, path: path)
                    return (EventWriter(identity: try Self.identity(database, path), session: session), nil)
                }
                if let witness { throw JournalError.historyLost(path: path, sequence: witness.head.sequence) }
                try Self.makeTables(database)
                let writer = EventWriter(identity: try Self.identity(database, path), session: session)
                return (writer, try writer.append([Self.created], knownSession: nil, database).session)
            }
        } catch { throw JournalError("open the journal", in: path, error) }
    }

    private static func makeTables(_ database: Database) throws {
        try database.execute(sql: JournalSchema.sql)
        try database.execute(sql: "PRAGMA application_id = \(JournalSchema.applicationID)")
        try database.execute(sql: "PRAGMA user_version = \(JournalSchema.version)")
        try JournalIdentity.made(.random()).insert(into: database)
    }

    private static func identity(_ database: Database, _ path: String) throws -> JournalIdentity {
        guard let identity = try JournalIdentity.read(database) else {
            throw JournalError.notAJournal(path: path, reason: "it has no identity")
        }
        return identity
    }
}

extension JournalStore {
    /// Moves what is committed from the write-ahead log into the database, as far as readers let it, without waiting
    /// for them. For the end of a migration: nothing else ever does it, and the log grows until then.
    package func checkpoint() throws(JournalError) {
        try self.writing.withLock { writing throws(JournalError) in
            try Self.requireUsable(writing)
            try self.checkpoint(writing)
        }
    }

    /// Checkpoints, and closes. The files stay, so that auditors who may not write can still read.
    ///
    /// A store that goes away without this loses nothing.
    package func close() throws(JournalError) {
        try self.writing.withLock { writing throws(JournalError) in
            if writing.refusal == .closed { return }
            if writing.refusal == nil { try self.checkpoint(writing) }
            writing.refusal = .closed
            try writing.lock.whileHeld { () throws(JournalError) in
                do { try self.queue.close() } catch {
                    throw JournalError("close the journal", in: self.reader.path, error)
                }
            }
        }
    }

    /// Tells syslog where the chain stands: a witness outside the file, often off the machine. For the end of each
    /// migration. See: 'man 3 syslog'; facility authpriv.
    ///
    /// - Parameter entry: what the line vouches for.
    package func anchorInSystemLog(_ entry: JournalEntry) {
        SystemLog.notice(self.anchorLine(entry))
    }

    /// What ``anchorInSystemLog(_:)`` writes; `verify --anchor` takes its last word.
    package func anchorLine(_ entry: JournalEntry) -> String {
        let migration = entry.record.migration?.uuid ?? "-"
        let state = entry.record.stateAfter ?? "-"
        return "journal \(self.journal.uuid) migration \(migration) state \(state) anchor \(entry.head)"
    }

    private func checkpoint(_ writing: borrowing JournalWriting) throws(JournalError) {
        try writing.lock.whileHeld { () throws(JournalError) in
            do {
                try self.queue.writeWithoutTransaction { database in
                    try database.execute(sql: "PRAGMA busy_timeout = 0")
                    defer { try? database.execute(sql: "PRAGMA busy_timeout = 5000") }
                    _ = try Row.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                }
            } catch { throw JournalError("checkpoint the journal", in: self.reader.path, error) }
        }
    }
}
