import Foundation
import GRDB
import HandOver
import Journal
import Testing
import TestSupport

@Suite("A journal that lost its end is found by whoever saw it before")
struct WitnessTests {
    @Test("A tail that was cut off clean passes by itself and not before its peer")
    func truncatedTail() throws {
        let folder = TemporaryFolder()
        let peerFolder = TemporaryFolder()
        let store = try JournalStore.opened(in: folder)
        let peer = try JournalStore.opened(in: peerFolder)
        let migration = UniqueID.random()
        let entries = try store.append(contentsOf: (0..<5).map { _ in .fact("marked", migration) })
        let last = try #require(entries.last)
        try peer.recordPeerHead(PeerHead(journal: store.journal, head: last.head))
        try store.close()

        let raw = try DatabaseQueue(path: folder.database)
        _ = try RawConnectionTests.withoutGuards(raw) { try $0.execute(sql: "DELETE FROM event WHERE seq > 4") }
        try raw.close()

        let reader = try JournalReader(path: folder.database)
        #expect(try reader.verify().isIntact)
        let witnesses = try peer.reader.heads(ofPeer: store.journal)
        let result = try reader.verify(witnesses: witnesses)
        #expect(result.contradictions.map(\.sequence) == [6])
        let standing = try PeerStanding(
            recorded: peer.reader.lastKnownHead(ofPeer: store.journal), reported: reader.head())
        #expect(standing == .behind(last.head))
    }

    @Test("A journal that was written anew from some point is found too")
    func rewritten() throws {
        let folder = TemporaryFolder()
        let store = try JournalStore.opened(in: folder)
        let copy = try folder.copy()
        let seen = try store.append(.fact("planned", .random())).head
        try store.close()
        let impostor = try JournalStore.opened(in: copy)
        try impostor.append(.fact("planned", .random()))
        let result = try impostor.reader.verify(witnesses: [seen])
        #expect(result.findings == [])
        #expect(result.contradictions.map(\.sequence) == [seen.sequence])
    }
}
