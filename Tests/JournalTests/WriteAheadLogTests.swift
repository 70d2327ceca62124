import Foundation
import HandOver
import Journal
import Testing
import TestSupport

@Suite("Committed events that SQLite drops without a word are found")
struct WriteAheadLogTests {
    static let frameByteCount = 24 + 4096

    @Test("A flipped bit in any frame of the write-ahead log, and in its header")
    func everyFrame() throws {
        let folder = TemporaryFolder()
        let store = try JournalStore.opened(in: folder)
        let migration = UniqueID.random()
        for _ in 0..<4 { try store.append(.full(migration)) }
        let head = try store.reader.head()
        let crashed = try folder.copy(["journal.db", "journal.db-wal"])
        #expect(try JournalReader(path: crashed.database).verify(witnesses: [head]).isIntact)
        let wal = URL(filePath: crashed.database + "-wal")
        let original = try Data(contentsOf: wal)
        let frameCount = (original.count - 32) / Self.frameByteCount
        #expect(frameCount > 10)
        var remarkCount = 0
        for offset in [0, 9, 17, 25] + (0..<frameCount).map({ 32 + $0 * Self.frameByteCount + ($0 * 397) % 4000 }) {
            var damaged = original
            damaged[offset] ^= 0x10
            try damaged.write(to: wal)
            guard let reader = try? JournalReader(path: crashed.database) else { continue }
            let result = try reader.verify(witnesses: [head])
            #expect(!result.isIntact, "byte \(offset)")
            let alone = try reader.verify()
            remarkCount += alone.remarks.count
            #expect(!alone.isIntact || !alone.remarks.isEmpty, "byte \(offset), without a witness")
        }
        #expect(remarkCount > 0)
    }

    @Test("A writer does not go on without them")
    func writerRefuses() throws {
        let folder = TemporaryFolder()
        let store = try JournalStore.opened(in: folder)
        for _ in 0..<4 { try store.append(.full(.random())) }
        let crashed = try folder.copy()
        let wal = URL(filePath: crashed.database + "-wal")
        var bytes = try Data(contentsOf: wal)
        bytes[32 + 100] ^= 1
        try bytes.write(to: wal)
        #expect(throws: JournalError.committedEventsLost(path: crashed.database, transactionCount: 5)) {
            _ = try JournalStore.opened(in: crashed)
        }
        #expect(try Data(contentsOf: wal) == bytes)
    }

    @Test("What an interrupted transaction leaves behind is not held against the journal")
    func tornTail() throws {
        let folder = TemporaryFolder()
        let store = try JournalStore.opened(in: folder)
        try store.append(.full(.random()))
        let crashed = try folder.copy(["journal.db", "journal.db-wal"])
        let wal = URL(filePath: crashed.database + "-wal")
        let original = try Data(contentsOf: wal)
        for count in [1, 100, Self.frameByteCount, Self.frameByteCount + 1] {
            try original.dropLast(count).write(to: wal)
            let result = try JournalReader(path: crashed.database).verify()
            #expect(result.isIntact)
            #expect(result.remarks.isEmpty)
            #expect(result.eventCount == 1)
        }
    }
}
