/// What changes while a store is open.
struct JournalWriting: ~Copyable {
    let lock: JournalLock

    /// Why nothing more may be appended; `nil` while all went well.
    var refusal: JournalError?

    /// Noted, not yet written; with the time of the noting.
    var notes: [(record: NewRecord, time: JournalTime)] = []

    /// The row of this opening; `nil` until something was appended.
    var sessionID: Int64?

    init(lock: consuming JournalLock, sessionID: Int64?) {
        self.lock = lock
        self.sessionID = sessionID
    }
}
