import Foundation
import GRDB
import HandOver
import Journal
import Testing
import TestSupport

@Suite("Two servers tell each other what either has lost")
struct PeerWitnessTests {
    /// One of the two, with what it hears.
    final class Server {
        let folder: TemporaryFolder
        private(set) var store: JournalStore
        private(set) var witness = PeerWitness()
        private var backup: TemporaryFolder?

        init() throws {
            self.folder = TemporaryFolder()
            self.store = try JournalStore.opened(in: self.folder)
        }

        /// A step of a migration: the last thing that was heard goes into its row.
        func append() throws {
            let heard = self.witness.latest
            try self.store.append(
                NewRecord(
                    kind: "step", migration: .random(), peer: heard?.journal, peerHead: heard?.head))
        }

        /// A message with nothing in it but where its sender stands.
        func tell(_ other: Server) throws {
            try other.witness.hear(
                journal: self.store.journal, head: try self.store.reader.head(),
                ours: try self.store.reader.lastKnownHead(ofPeer: other.store.journal), in: other.store.reader)
        }

        /// The lock file too, which would have found a database that was restored alone.
        func backUp() throws {
            try self.store.close()
            self.backup = try self.folder.copy(["journal.db", "journal.lock"])
            self.store = try JournalStore.opened(in: self.folder)
        }

        func restore() throws {
            let backup = try #require(self.backup)
            try self.replace {
                for name in try FileManager.default.contentsOfDirectory(atPath: self.folder.journal) {
                    try FileManager.default.removeItem(atPath: "\(self.folder.journal)/\(name)")
                }
                for name in ["journal.db", "journal.lock"] {
                    try FileManager.default.copyItem(
                        atPath: "\(backup.journal)/\(name)", toPath: "\(self.folder.journal)/\(name)")
                }
            }
        }

        /// Removes the last event past the triggers, and what the lock file keeps of it.
        func cut() throws {
            let last = try self.store.reader.head().sequence
            try self.replace {
                let raw = try DatabaseQueue(path: self.folder.database)
                _ = try RawConnectionTests.withoutGuards(raw) {
                    try $0.execute(sql: "DELETE FROM event WHERE seq = ?", arguments: [last])
                }
                try raw.close()
                #expect(throws: JournalError.historyLost(path: self.folder.database, sequence: last)) {
                    _ = try JournalStore.opened(in: self.folder)
                }
                try Data().write(to: URL(filePath: "\(self.folder.journal)/journal.lock"))
            }
        }

        private func replace(_ change: () throws -> Void) throws {
            try self.store.close()
            try change()
            (self.store, self.witness) = (try JournalStore.opened(in: self.folder), PeerWitness())
        }
    }

    let source: Server
    let destination: Server

    init() throws {
        (self.source, self.destination) = (try Server(), try Server())
    }

    /// A conversation: both go on, and each row holds what the other said before.
    private func converse(_ count: Int = 3) throws {
        for _ in 0..<count {
            try self.source.append()
            try self.source.tell(self.destination)
            try self.destination.append()
            try self.destination.tell(self.source)
        }
        try self.source.append()
    }

    /// What the next conversation's first messages bring to light.
    private func greet() throws {
        try self.source.tell(self.destination)
        try self.destination.tell(self.source)
    }

    @Test("Nothing is missing where nothing was lost, however often they speak")
    func whole() throws {
        try self.converse()
        try self.greet()
        try self.converse()
        #expect(self.source.witness.missingHere == nil)
        #expect(self.destination.witness.missingHere == nil)
    }

    @Test("A source whose journal and lock file were both restored", arguments: [false, true])
    func source(goesOn: Bool) throws {
        try self.converse()
        try self.source.backUp()
        try self.converse()
        let lost = try self.destination.store.reader.lastKnownHead(ofPeer: self.source.store.journal)
        try self.source.restore()
        if goesOn { for _ in 0..<20 { try self.source.append() } }
        try self.greet()
        #expect(self.source.witness.missingHere == lost)
        #expect(self.destination.witness.missingHere == nil)
    }

    @Test("A destination whose journal and lock file were both restored", arguments: [false, true])
    func destination(goesOn: Bool) throws {
        try self.converse()
        try self.destination.backUp()
        try self.converse()
        let lost = try self.source.store.reader.lastKnownHead(ofPeer: self.destination.store.journal)
        try self.destination.restore()
        if goesOn { for _ in 0..<20 { try self.destination.append() } }
        try self.greet()
        #expect(self.destination.witness.missingHere == lost)
        #expect(self.source.witness.missingHere == nil)
    }

    @Test("Of two that were restored, the one that went further back, and neither where both went back to one moment")
    func both() throws {
        try self.converse()
        try self.source.backUp()
        try self.converse()
        try self.destination.backUp()
        try self.converse()
        try self.source.restore()
        try self.destination.restore()
        try self.greet()
        #expect(self.source.witness.missingHere != nil)
        #expect(self.destination.witness.missingHere == nil)
    }

    @Test("Both, to one moment: nobody is left who saw more")
    func bothAlike() throws {
        try self.converse()
        try self.source.backUp()
        try self.destination.backUp()
        try self.converse()
        try self.source.restore()
        try self.destination.restore()
        try self.greet()
        #expect(self.source.witness.missingHere == nil && self.destination.witness.missingHere == nil)
    }

    @Test("One that lost a single event at its end, if the other had heard of it")
    func cut() throws {
        try self.converse()
        try self.source.tell(self.destination)
        try self.destination.append()
        try self.source.cut()
        try self.greet()
        #expect(self.source.witness.missingHere != nil)
    }

    @Test("Two sessions of the same two servers hear of each other's events in any order; a journal cut short is seen")
    func severalSessions() throws {
        let (here, there) = (try Server(), try Server())
        let (slow, quick) = (PeerWitness(), PeerWitness())
        func hear(_ witness: PeerWitness, _ head: ChainHead) throws {
            try witness.hear(journal: there.store.journal, head: head, ours: nil, in: here.store.reader)
        }
        func append(_ witness: PeerWitness) throws {
            try here.store.append(
                NewRecord(
                    kind: "step", migration: .random(), peer: witness.latest?.journal, peerHead: witness.latest?.head,
                    peerMayBeFurther: !witness.isBehind))
        }
        for _ in 0..<3 { try there.append() }
        let (early, late) = (try there.store.reader.head(at: 2), try there.store.reader.head())
        // An answer that was composed before the other session's, and comes after it.
        slow.asks(recorded: try here.store.reader.lastKnownHead(ofPeer: there.store.journal))
        try hear(quick, late)
        try append(quick)
        try hear(slow, try #require(early))
        #expect(!slow.isBehind)
        try append(slow)
        #expect(try here.store.reader.verify().findings.isEmpty)
        // One that was asked for after that, and lacks what was on record.
        slow.asks(recorded: try here.store.reader.lastKnownHead(ofPeer: there.store.journal))
        try hear(slow, try #require(early))
        #expect(slow.isBehind)
        try append(slow)
        #expect(try here.store.reader.verify().findings.count == 1)
    }
}
