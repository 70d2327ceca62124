import Foundation
import HandOver
import Journal
import Testing
import TestSupport

@Suite("An auditor reads whatever is there and leaves no trace")
struct ReaderTests {
    let folder: TemporaryFolder
    let store: JournalStore
    let migration = UniqueID.random()

    init() throws {
        self.folder = TemporaryFolder()
        self.store = try JournalStore.opened(in: self.folder)
        try self.store.append(contentsOf: [.full(self.migration), .full(self.migration)])
    }

    /// Opens, asks everything, and expects the files to be what they were, to the byte and to the name.
    func expectUntouched(_ folder: TemporaryFolder, eventCount: Int64) throws {
        let before = try folder.contents()
        do {
            let reader = try JournalReader(path: folder.database)
            #expect(try reader.migrations().count == 1)
            #expect(try reader.entries(ofMigration: self.migration).count == Int(eventCount) - 1)
            let result = try reader.verify()
            #expect(result.findings == [])
            #expect(result.eventCount == eventCount)
        }
        #expect(try folder.contents() == before)
    }

    @Test("While a writer in another process is at work")
    func live() throws {
        let program = ChildProgram.built("vzmigrate-journal")
        for count in 3...5 {
            let before = try self.folder.contents()
            let result = ChildProgram.run(program, "verify", "--db", self.folder.database)
            #expect(result.status == 0, "\(result.errors)\(result.output)")
            #expect(result.output.hasPrefix("\(count) events, chain intact"))
            #expect(try self.folder.contents() == before)
            if count == 4 { try self.store.checkpoint() }
            try self.store.append(.full(self.migration))
        }
    }

    @Test("As a crash left it, with everything still in the write-ahead log")
    func crashed() throws {
        try self.expectUntouched(try self.folder.copy(), eventCount: 3)
    }

    @Test("As a crash and a reboot left it, without -shm")
    func crashedWithoutSharedMemory() throws {
        try self.expectUntouched(try self.folder.copy(["journal.db", "journal.db-wal"]), eventCount: 3)
    }

    @Test("Closed, with its files kept")
    func closed() throws {
        try self.store.close()
        try self.expectUntouched(self.folder, eventCount: 3)
    }

    @Test("A copy of the database alone")
    func databaseAlone() throws {
        try self.store.close()
        try self.expectUntouched(try self.folder.copy(["journal.db"]), eventCount: 3)
    }

    @Test("A path with blanks and signs that mean something in a URI")
    func oddPath() throws {
        try self.store.close()
        let odd = "\(self.folder.path)/a b?c#d%41&é.db"
        try FileManager.default.copyItem(atPath: self.folder.database, toPath: odd)
        #expect(try JournalReader(path: odd).migrations().count == 1)
    }

    @Test("No journal is a sentence")
    func absent() throws {
        #expect(throws: JournalError.absent(path: "/nonexistent/journal.db")) {
            _ = try JournalReader(path: "/nonexistent/journal.db")
        }
    }
}
