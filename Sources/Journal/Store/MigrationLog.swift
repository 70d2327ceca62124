package import HandOver
internal import Host

/// One migration's part of this node's journal, open for writing.
///
/// An append waits for the disk, so it has a thread of its own.
package actor MigrationLog<Machine: JournaledMachine> {
    private let store: JournalStore
    private let thread = DedicatedThread(named: "journal")
    private var version: Int64
    /// The operation id that an intent and its outcome share.
    private var operation: UniqueID?
    private let peer: PeerWitness

    package nonisolated var unownedExecutor: UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self.thread) }

    /// - Parameters:
    ///   - migration: may have rows already; then the log goes on after the last.
    ///   - store: this node's journal.
    ///   - peer: what the other node says of its journal.
    /// - Throws: if the journal cannot be read.
    package init(of migration: UniqueID, in store: JournalStore, peer: PeerWitness) throws(JournalError) {
        self.store = store
        self.peer = peer
        let entries = try store.reader.provenEntries(ofMigration: migration)
        self.version = entries.last?.version ?? 0
        self.operation = entries.last?.record.operation
    }

    /// Returns when the event is on disk.
    ///
    /// - Throws: then it may be there or not; the process must do nothing more.
    package func append(_ event: Machine.Event, leadingTo migration: Machine) throws {
        let body = try event.body()
        if migration.stepInFlight != nil { self.operation = .random() }
        defer { if migration.stepInFlight == nil { self.operation = nil } }
        let heard = self.peer.latest
        let entry = try self.store.append(
            NewRecord(
                kind: body.kind, migration: migration.migration, expectedVersion: self.version,
                role: Machine.role, epoch: Int64(exactly: migration.epoch),
                container: migration.journaledContainer.description,
                containerUUID: UniqueID(parsing: migration.identity), stateAfter: migration.stateName,
                endsMigration: migration.isEnded, operation: self.operation, peer: heard?.journal,
                peerHead: heard?.head, peerMayBeFurther: !self.peer.isBehind, payload: body.payload,
                privatePayload: body.privatePayload))
        self.version = entry.version ?? self.version + 1
        guard migration.isEnded else { return }
        self.store.anchorInSystemLog(entry)
        try self.store.checkpoint()
    }
}
