internal import GRDB
internal import Synchronization

extension JournalStore {
    /// Appends one record and returns when it is on disk.
    ///
    /// - Throws: ``JournalError/invalidRecord(kind:reason:)``, and the store stays usable; or anything else, and then
    ///   whether the record will be there after the next opening is unknown: stop, and replay in a new process.
    @discardableResult
    package func append(_ record: NewRecord) throws(JournalError) -> JournalEntry {
        let entries = try self.append(contentsOf: [record])
        guard let entry = entries.last else { throw .closed }
        return entry
    }

    /// Appends the records in one transaction, with one write to disk: all are there or none is. Whatever was noted
    /// goes with them, before them.
    ///
    /// - Returns: the entries of the given records, not of the notes.
    @discardableResult
    package func append(contentsOf records: [NewRecord]) throws(JournalError) -> [JournalEntry] {
        for record in records { try record.validate() }
        let time = JournalTime.now()
        return try self.writing.withLock { writing throws(JournalError) in
            try self.commit(records.map { ($0, time) }, &writing)
        }
    }

    /// Keeps a telemetry record in memory until the next append, which writes it to disk at no further cost. What
    /// was only noted is lost with the process.
    ///
    /// Its expected version is not looked at. That of the next append counts from before the notes.
    package func note(_ record: NewRecord) throws(JournalError) {
        try record.validate()
        guard record.recordClass == .telemetry else {
            throw .invalidRecord(kind: record.kind, reason: "only telemetry may wait for another record's commit")
        }
        let time = JournalTime.now()
        try self.writing.withLock { writing throws(JournalError) in
            try Self.requireUsable(writing)
            writing.notes.append((record, time))
        }
    }

    /// Records what a peer's message said of its journal. Writes nothing when the same is recorded already.
    ///
    /// - Returns: how it compares with what was recorded before. ``PeerStanding/behind(_:)`` and
    ///   ``PeerStanding/rewritten(_:)`` are recorded as well, and stay visible for ever.
    @discardableResult
    package func recordPeerHead(_ peer: PeerHead) throws(JournalError) -> PeerStanding {
        let standing = PeerStanding(recorded: try self.reader.lastKnownHead(ofPeer: peer.journal), reported: peer.head)
        if standing == .unchanged { return standing }
        try self.append(
            NewRecord(kind: "peer.head", recordClass: .custody, peer: peer.journal, peerHead: peer.head))
        return standing
    }

    static func requireUsable(_ writing: borrowing JournalWriting) throws(JournalError) {
        guard let refusal = writing.refusal else { return }
        throw refusal == .closed ? .closed : .outcomeUnknown(cause: refusal.description)
    }

    /// The one place that writes events.
    func commit(
        _ records: [(record: NewRecord, time: JournalTime)], _ writing: inout JournalWriting
    ) throws(JournalError) -> [JournalEntry] {
        try Self.requireUsable(writing)
        let notes = writing.notes
        let sessionID = writing.sessionID
        do {
            let (session, entries) = try writing.lock.whileHeld { () throws(JournalError) in
                try self.append(notes, records, sessionID, writing.lock)
            }
            writing.sessionID = session
            writing.notes = []
            return entries
        } catch {
            writing.refusal = error
            throw error
        }
    }

    private func append(
        _ notes: [(record: NewRecord, time: JournalTime)], _ records: [(record: NewRecord, time: JournalTime)],
        _ sessionID: Int64?, _ lock: borrowing JournalLock
    ) throws(JournalError) -> (session: Int64, entries: [JournalEntry]) {
        let known = lock.witness().flatMap { $0.journal == self.journal ? $0.firstOpen : nil } ?? 1
        let ends = records.contains { $0.record.endsMigration }
        do {
            let (session, entries, witness) = try self.queue.write { database in
                let result = try self.writer.append(notes, records, knownSession: sessionID, database)
                let first =
                    ends ? try EventWriter.firstOpen(database, from: known, after: result.head) : known
                let witness = JournalWitness(journal: self.journal, head: result.head, firstOpen: first)
                return (result.session, result.entries, witness)
            }
            lock.keep(witness)
            return (session, entries)
        } catch { throw JournalError("append to the journal", in: self.reader.path, error) }
    }
}
