import HandOver
import Journal
import Testing
import TestSupport

@Suite("The journal answers what the engine and people ask")
struct QuestionTests {
    let folder: TemporaryFolder
    let store: JournalStore

    init() throws {
        self.folder = TemporaryFolder()
        self.store = try JournalStore.opened(in: self.folder)
    }

    @Test("A migration is open until a record ends it")
    func open() throws {
        let first = UniqueID.random()
        let second = UniqueID.random()
        try self.store.append(.fact("planned", first))
        try self.store.append(.fact("planned", second, container: "102"))
        #expect(try self.store.reader.openMigrations().map(\.migration) == [first, second])
        var last = NewRecord.fact("completed", first)
        last.stateAfter = "completed"
        last.endsMigration = true
        try self.store.append(last)
        #expect(try self.store.reader.openMigrations(container: "101") == [])
        #expect(try self.store.reader.openMigrations(container: "102").map(\.migration) == [second])
        let summary = try #require(try self.store.reader.migrations().first)
        #expect(summary.state == "completed")
        #expect(!summary.isOpen)
        #expect(summary.version == 2)
        #expect(summary.durationNanoseconds >= 0)
    }

    @Test("The highest epoch is that of any migration of the container")
    func epoch() throws {
        let container = UniqueID.random()
        #expect(try self.store.reader.highestEpoch(containerUUID: container) == nil)
        for epoch in [3, 9, 4] as [Int64] {
            var record = NewRecord.fact("planned", .random())
            record.containerUUID = container
            record.epoch = epoch
            try self.store.append(record)
        }
        #expect(try self.store.reader.highestEpoch(containerUUID: container) == 9)
    }

    @Test("A migration is named by a prefix of its id, or by its container")
    func names() throws {
        let first = try #require(UniqueID(parsing: "aaaa0000-0000-4000-8000-000000000001"))
        let second = try #require(UniqueID(parsing: "aaaa0000-0001-4000-8000-000000000002"))
        try self.store.append(.fact("planned", first))
        try self.store.append(.fact("planned", second))
        #expect(try self.store.reader.migrations(named: "aaaa00000000").map(\.migration) == [first])
        #expect(try self.store.reader.migrations(named: "AAAA0000-0001").map(\.migration) == [second])
        #expect(try self.store.reader.migrations(named: "aaaa0000").count == 2)
        #expect(try self.store.reader.migrations(named: "aaaa000").isEmpty)
        #expect(try self.store.reader.migrations(named: "101").map(\.migration) == [second])
        #expect(try self.store.reader.migrations(named: "zzz").isEmpty)
        #expect(try self.store.reader.migrations(named: "-").isEmpty)
    }

    @Test("A peer's head is remembered, and a step back is told")
    func peers() throws {
        let peer = UniqueID.random()
        func head(_ sequence: Int64, _ byte: UInt8) -> PeerHead {
            PeerHead(journal: peer, head: ChainHead(sequence: sequence, hash: .init(repeating: byte, count: 32)))
        }
        #expect(try self.store.recordPeerHead(head(5, 1)) == .unknown)
        let before = try self.store.reader.head()
        #expect(try self.store.recordPeerHead(head(5, 1)) == .unchanged)
        #expect(try self.store.reader.head() == before)
        #expect(try self.store.recordPeerHead(head(9, 2)) == .ahead(of: head(5, 1).head))
        #expect(try self.store.reader.verify().isIntact)
        #expect(try self.store.recordPeerHead(head(9, 3)) == .rewritten(head(9, 2).head))
        #expect(try self.store.recordPeerHead(head(7, 2)) == .behind(head(9, 2).head))
        #expect(try self.store.reader.lastKnownHead(ofPeer: peer) == head(9, 2).head)
        #expect(try self.store.reader.heads(ofPeer: peer).count == 4)
        #expect(try self.store.reader.verify().findings.count == 2)
    }

    @Test("A head prints and parses, and the anchor line ends in it")
    func anchor() throws {
        let entry = try self.store.append(.fact("planned", .random()))
        let line = self.store.anchorLine(entry)
        let word = try #require(line.split(separator: " ").last)
        #expect(ChainHead(parsing: String(word)) == entry.head)
        #expect(ChainHead(parsing: "1:abc") == nil)
        #expect(ChainHead(parsing: "-1:\(Hexadecimal.text(entry.hash))") == nil)
        #expect(try self.store.reader.head(at: entry.sequence) == entry.head)
        self.store.anchorInSystemLog(entry)
    }
}
