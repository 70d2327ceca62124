import Foundation
import HandOver
import Journal
import Testing
import TestSupport

@Suite("A journal that was cut short or restored from a backup is not written again")
struct HistoryTests {
    /// A journal of six events, closed, and a copy of its database from when it had three.
    private static func restored() throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        var store = try JournalStore.opened(in: folder)
        for _ in 0..<2 { try store.append(.full(.random())) }
        try store.close()
        let backup = try Data(contentsOf: URL(filePath: folder.database))
        store = try JournalStore.opened(in: folder)
        for _ in 0..<3 { try store.append(.full(.random())) }
        try store.close()
        try backup.write(to: URL(filePath: folder.database))
        return folder
    }

    @Test("It is refused with what to do, and stays as it is")
    func refused() throws {
        let folder = try Self.restored()
        let database = try Data(contentsOf: URL(filePath: folder.database))
        let error = #expect(throws: JournalError.self) { _ = try JournalStore.opened(in: folder) }
        #expect(error == .historyLost(path: folder.database, sequence: 6))
        #expect(error?.description.contains("move \(folder.database)* and the journal.lock") == true)
        #expect(try Data(contentsOf: URL(filePath: folder.database)) == database)
    }

    @Test("So is another journal in its place, and a new one where it was deleted")
    func another() throws {
        let folder = try Self.restored()
        try FileManager.default.removeItem(atPath: folder.database)
        #expect(throws: JournalError.self) { _ = try JournalStore.opened(in: folder) }
    }

    @Test("A journal and its lock file that are both moved away leave room for a new one")
    func newBeginning() throws {
        let folder = try Self.restored()
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.journal) {
            try FileManager.default.removeItem(atPath: "\(folder.journal)/\(name)")
        }
        let store = try JournalStore.opened(in: folder)
        try store.append(.full(.random()))
        try store.close()
    }

    @Test("A lock file that a loss of power emptied or tore says nothing", arguments: [0, 1, 80, 159])
    func torn(length: Int) throws {
        let folder = try Self.restored()
        let lock = URL(filePath: "\(folder.journal)/journal.lock")
        try Data(contentsOf: lock).prefix(length).write(to: lock)
        let store = try JournalStore.opened(in: folder)
        try store.append(.full(.random()))
        try store.close()
    }

    @Test("A process that died before it kept the last head left an older one, which is as good")
    func older() throws {
        let folder = TemporaryFolder()
        var store = try JournalStore.opened(in: folder)
        try store.append(.full(.random()))
        let lock = URL(filePath: "\(folder.journal)/journal.lock")
        let before = try Data(contentsOf: lock)
        try store.append(.full(.random()))
        try store.close()
        try before.write(to: lock)
        store = try JournalStore.opened(in: folder)
        try store.close()
    }
}
