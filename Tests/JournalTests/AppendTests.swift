import Foundation
import HandOver
import Journal
import Testing
import TestSupport

@Suite("What was appended is read back as it was given")
struct AppendTests {
    let folder: TemporaryFolder
    let store: JournalStore

    init() throws {
        self.folder = TemporaryFolder()
        self.store = try JournalStore.opened(in: self.folder)
    }

    @Test("Every field comes back after another opening")
    func everyField() throws {
        let migration = UniqueID.random()
        let record = NewRecord.full(migration, expectedVersion: 0)
        let written = try self.store.append(record)
        try self.store.close()
        let read = try JournalStore.opened(in: self.folder).reader.entries(ofMigration: migration)
        #expect(read == [written])
        #expect(read.map(\.record) == [record])
        #expect(written.sequence == 2)
        #expect(written.version == 1)
        #expect(try JournalReader(path: self.folder.database).verify().findings == [])
    }

    @Test("Records of one call are one transaction, each version after the other")
    func batch() throws {
        let migration = UniqueID.random()
        let entries = try self.store.append(contentsOf: [.fact("planned", migration), .fact("checked", migration)])
        #expect(entries.map(\.version) == [1, 2])
        #expect(entries.map(\.sequence) == [2, 3])
        #expect(try self.store.reader.head() == entries.last?.head)
    }

    @Test("A second close does nothing, and nothing is appended after it")
    func closing() throws {
        let migration = UniqueID.random()
        try self.store.append(NewRecord(kind: "told", recordClass: .telemetry, migration: migration))
        try self.store.close()
        try self.store.close()
        #expect(try JournalReader(path: self.folder.database).version(ofMigration: migration) == 1)
        #expect(throws: JournalError.closed) { try self.store.append(.fact("planned", migration)) }
    }

    @Test("What is not a record is refused at the door, and the store goes on")
    func invalid() throws {
        let migration = UniqueID.random()
        let bad: [NewRecord] = [
            NewRecord(kind: "", migration: migration), NewRecord(kind: "planned"),
            NewRecord(kind: "planned", migration: migration, payload: [0xFF]),
            NewRecord(kind: "planned", migration: migration, payload: [0]),
            NewRecord(kind: "x", migration: migration, peerHead: ChainHead(sequence: 1, hash: [])),
        ]
        for record in bad {
            #expect { try self.store.append(record) } throws: {
                if case .invalidRecord = $0 as? JournalError { true } else { false }
            }
        }
        try self.store.append(.fact("planned", migration))
    }

    @Test("A version that is not the last one is refused, and the store is done")
    func versionConflict() throws {
        let migration = UniqueID.random()
        let other = try JournalStore.opened(in: self.folder)
        try self.store.append(.fact("planned", migration))
        try other.append(.fact("checked", migration))
        var late = NewRecord.fact("checked", migration)
        late.expectedVersion = 1
        #expect(throws: JournalError.versionConflict(migration: migration, expected: 1, found: 2)) {
            try self.store.append(late)
        }
        #expect { try self.store.append(.fact("checked", migration)) } throws: { error in
            if case .outcomeUnknown = error as? JournalError { true } else { false }
        }
        #expect(try self.store.reader.version(ofMigration: migration) == 2)
    }

    @Test("An opening that writes leaves one session, one that only reads leaves none")
    func sessions() throws {
        let second = try JournalStore.opened(in: self.folder)
        _ = try second.reader.head()
        try second.close()
        let third = try JournalStore.opened(in: self.folder)
        let migration = UniqueID.random()
        let entry = try third.append(.fact("planned", migration))
        #expect(try third.append(.fact("checked", migration)).session == entry.session)
        #expect(entry.session == 2)
        let session = try #require(try third.reader.session(2))
        #expect(session.processID == Int64(ProcessInfo.processInfo.processIdentifier))
        #expect(session.toolVersion == "1.0-test")
        #expect(session.sqliteVersion.hasPrefix("3."))
        #expect(!session.kernelRelease.isEmpty)
    }
}
