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

    /// Appends the records in one transaction, with one write to disk: all are there or none is.
    ///
    /// - Returns: the entries of the given records.
    @discardableResult
    package func append(contentsOf records: [NewRecord]) throws(JournalError) -> [JournalEntry] {
        for record in records { try record.validate() }
        return try self.writing.withLock { writing throws(JournalError) in try self.commit(records, &writing) }
    }

    static func requireUsable(_ writing: borrowing JournalWriting) throws(JournalError) {
        guard let refusal = writing.refusal else { return }
        throw refusal == .closed ? .closed : .outcomeUnknown(cause: refusal.description)
    }

    /// The one place that writes events.
    private func commit(
        _ records: [NewRecord], _ writing: inout JournalWriting
    ) throws(JournalError) -> [JournalEntry] {
        try Self.requireUsable(writing)
        let sessionID = writing.sessionID
        do {
            let (session, entries) = try writing.lock.whileHeld { () throws(JournalError) in
                try self.append(records, sessionID, writing.lock)
            }
            writing.sessionID = session
            return entries
        } catch {
            writing.refusal = error
            throw error
        }
    }

    private func append(
        _ records: [NewRecord], _ sessionID: Int64?, _ lock: borrowing JournalLock
    ) throws(JournalError) -> (session: Int64, entries: [JournalEntry]) {
        let known = lock.witness().flatMap { $0.journal == self.journal ? $0.firstOpen : nil } ?? 1
        let ends = records.contains { $0.endsMigration }
        do {
            let (session, entries, witness) = try self.queue.write { database in
                let result = try self.writer.append(records, knownSession: sessionID, database)
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
