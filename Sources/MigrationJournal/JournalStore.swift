internal import CSQLiteShim
internal import GRDB
internal import JournalSchema
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
    package let journal: JournalID

    let queue: DatabaseQueue
    let writer: EventWriter

    /// Held through an append on purpose: one process appends one thing at a time.
    let writing: Mutex<JournalWriting>

    /// Opens the journal in a directory, which it makes where it is absent. Its parent must exist.
    ///
    /// - Throws: where the file system or SQLite cannot promise durability, and for a newer schema.
    package init(
        directory path: String, toolVersion: String, options: Options = Options()
    ) throws(JournalError) {
        let directory = JournalDirectory(path: path)
        try directory.make()
        if !options.allowsVolatileFileSystem { try FileSystemKind.requireDurable(path) }
        let lock = try JournalLock(path: directory.lock, patience: options.lockPatience)
        let session = JournalSession.current(
            toolVersion: toolVersion, sqliteVersion: String(cString: vz_sqlite_version()))
        let (queue, writer, sessionID) = try lock.whileHeld { () throws(JournalError) in
            try directory.makeDatabaseFile()
            let log = WriteAheadLog(ofDatabase: directory.database)
            if log.lostAcknowledgedEvents {
                throw .committedEventsLost(path: directory.database, transactionCount: log.lostCommitCount)
            }
            let witness = lock.witness()
            let opened = try Self.open(directory.database, session)
            try Self.requireHistory(witness, opened.queue, directory.database)
            return opened
        }
        guard let journal = JournalID(bytes: writer.identity.journal) else {
            throw .notAJournal(path: directory.database, reason: "its identity is damaged")
        }
        self.queue = queue
        self.writer = writer
        self.journal = journal
        self.reader = JournalReader(queue: queue, path: directory.database, scratch: nil)
        self.writing = Mutex(JournalWriting(lock: lock, sessionID: sessionID))
    }

    private static func requireHistory(
        _ witness: JournalWitness?, _ queue: DatabaseQueue, _ path: String
    ) throws(JournalError) {
        guard let witness else { return }
        guard try witness.isPart(of: JournalReader(queue: queue, path: path, scratch: nil)) else {
            throw .historyLost(path: path, sequence: witness.head.sequence)
        }
    }

    /// The first event of every journal: it binds the identity to the chain.
    private static let created = NewRecord(kind: "journal.created", recordClass: .custody)

    private static func open(
        _ path: String, _ session: JournalSession
    ) throws(JournalError) -> (queue: DatabaseQueue, writer: EventWriter, sessionID: Int64?) {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.label = "vzmigrate.journal"
        configuration.prepareDatabase { try JournalSettings.prepare($0, path: path) }
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let (writer, sessionID) = try queue.write { try Self.establish($0, session, path: path) }
            return (queue, writer, sessionID)
        } catch { throw JournalError("open \(path)", error) }
    }

    /// Makes the tables and the first event in an empty file, in the caller's transaction.
    ///
    /// - Returns: the session's number only where it wrote that event.
    private static func establish(
        _ database: Database, _ session: JournalSession, path: String
    ) throws -> (writer: EventWriter, sessionID: Int64?) {
        try JournalSettings.requireInForce(database)
        let isNew = try JournalSettings.header(database).application == 0
        if isNew {
            try database.execute(sql: JournalSchema.sql)
            try database.execute(sql: "PRAGMA application_id = \(JournalSchema.applicationID)")
            try database.execute(sql: "PRAGMA user_version = \(JournalSchema.version)")
            try JournalIdentity.made(.random()).insert(into: database)
        }
        guard let identity = try JournalIdentity.read(database) else {
            throw JournalError.notAJournal(path: path, reason: "it has no identity")
        }
        let writer = EventWriter(identity: identity, session: session)
        guard isNew else { return (writer, nil) }
        return (writer, try writer.append([], [(Self.created, .now())], knownSession: nil, database).session)
    }
}
