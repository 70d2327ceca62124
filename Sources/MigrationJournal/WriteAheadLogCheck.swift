/// Committed events that SQLite would drop without a word, because a frame before them is damaged.
enum WriteAheadLogCheck {
    static func run(_ databasePath: String, _ result: inout VerificationResult) {
        let first = WriteAheadLog(ofDatabase: databasePath)
        guard first.lostCommitCount > 0 else { return }
        // A writer may have been in the midst of a transaction. One that is still there the second time is not.
        let log = WriteAheadLog(ofDatabase: databasePath)
        guard log.lostCommitCount > 0, log.validFrameCount == first.validFrameCount else { return }
        if log.lostAcknowledgedEvents {
            result.find(
                "frame \(log.validFrameCount + 1) of \(databasePath)-wal is damaged: \(log.lostCommitCount) committed "
                    + "transactions from there on are not read.")
        } else {
            result.remarks.append(
                "the last transaction in \(databasePath)-wal is damaged and not read: power was lost before it was "
                    + "acknowledged, or it was altered since. Ask a witness.")
        }
    }
}
