internal import Glibc

/// What the lock file keeps of the journal beside it: its identity and its end, as whoever wrote last saw it.
///
/// It is written after the database has reached the disk and is not forced there itself, so it is never ahead of a
/// whole journal: a journal that does not contain it has lost its end.
struct JournalWitness: Equatable {
    /// Written over in place, so always the same.
    static let byteCount = 160

    let journal: JournalID
    let head: ChainHead

    init(journal: JournalID, head: ChainHead) {
        self.journal = journal
        self.head = head
    }

    /// `nil` for an empty file, and for one that a loss of power tore.
    init?(of descriptor: Int32) {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        guard pread(descriptor, &bytes, bytes.count, 0) == bytes.count else { return nil }
        let words = bytes.split { $0 <= 0x20 }.map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 2, let journal = JournalID(parsing: words[0]), let head = ChainHead(parsing: words[1])
        else { return nil }
        self.init(journal: journal, head: head)
    }

    /// A failure is not heard: an older witness sees less and says nothing wrong.
    func keep(in descriptor: Int32) {
        var bytes = Array("\(self.journal) \(self.head)".utf8)
        bytes += [UInt8](repeating: 0x20, count: Self.byteCount - 1 - bytes.count) + [0x0A]
        _ = pwrite(descriptor, bytes, bytes.count, 0)
    }

    /// Whether this is a point of that journal.
    func isPart(of reader: JournalReader) throws(JournalError) -> Bool {
        guard try reader.journal() == self.journal else { return false }
        if self.head.sequence == 0 { return true }
        return try reader.head(at: self.head.sequence) == self.head
    }
}
