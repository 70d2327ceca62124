internal import GRDB
internal import Synchronization

extension JournalStore {
    /// Moves what is committed from the write-ahead log into the database, as far as readers let it, without waiting
    /// for them. For the end of a migration: nothing else ever does it, and the log grows until then.
    package func checkpoint() throws(JournalError) {
        try self.writing.withLock { writing throws(JournalError) in
            try Self.requireUsable(writing)
            try self.checkpoint(writing)
        }
    }

    /// Writes the notes, checkpoints, and closes. The files stay, so that auditors who may not write can still read.
    ///
    /// A store that goes away without this loses its notes and nothing else.
    package func close() throws(JournalError) {
        try self.writing.withLock { writing throws(JournalError) in
            if writing.refusal == .closed { return }
            if writing.refusal == nil {
                if !writing.notes.isEmpty { _ = try self.commit([], &writing) }
                try self.checkpoint(writing)
            }
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
        let migration = entry.record.migration?.description ?? "-"
        let state = entry.record.stateAfter ?? "-"
        return "journal \(self.journal) migration \(migration) state \(state) anchor \(entry.head)"
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
