internal import MigrationJournal

/// Numbers the operations of a migration, so that an intent and its outcome are seen to belong together: `1>` begins,
/// `<1` answers, `1?` begins what nothing answers.
struct OperationMarks {
    private var numbers: [JournalID: Int] = [:]
    private var counts: [JournalID: Int] = [:]
    private var begun: Set<JournalID> = []

    init(_ entries: [JournalEntry]) {
        for operation in entries.compactMap({ $0.record.operation }) {
            if self.numbers[operation] == nil { self.numbers[operation] = self.numbers.count + 1 }
            self.counts[operation, default: 0] += 1
        }
    }

    /// To be asked once an entry, in order; empty for an entry of no operation.
    mutating func mark(of entry: JournalEntry) -> String {
        guard let operation = entry.record.operation, let number = self.numbers[operation] else { return "" }
        if self.begun.contains(operation) { return "<\(number)" }
        self.begun.insert(operation)
        return self.counts[operation] == 1 ? "\(number)?" : "\(number)>"
    }
}
