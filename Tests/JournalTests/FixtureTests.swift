import Foundation
import HandOver
import Journal
import Testing
import TestSupport

@Suite("Journals that released versions wrote are read and verified for ever")
struct FixtureTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "journal-schema/fixtures")

    static let completed = UniqueID(parsing: "00000000-0000-4000-8000-000000000001") ?? .random()
    static let open = UniqueID(parsing: "00000000-0000-4000-8000-000000000002") ?? .random()
    static let peer = UniqueID(parsing: "00000000-0000-4000-8000-0000000000ff") ?? .random()

    @Test("Schema 1")
    func schema1() throws {
        let reader = try JournalReader(path: Self.folder.appending(path: "v1.db").path)
        let result = try reader.verify()
        #expect(result.findings == [])
        #expect(result.remarks.isEmpty)
        #expect(result.eventCount == 8)
        let migrations = try reader.migrations()
        #expect(migrations.map(\.migration) == [Self.completed, Self.open])
        #expect(migrations.map(\.isOpen) == [false, true])
        #expect(migrations.map(\.state) == ["completed", "prepared"])
        #expect(migrations.map(\.role) == [.source, .destination])
        let entries = try reader.entries(ofMigration: Self.completed)
        #expect(
            entries.map(\.record.kind) == ["planned", "roundTold", "freezeStarted", "containerFrozen", "completed"])
        #expect(entries.map(\.record.privatePayload) == [Array("192.0.2.1".utf8), nil, nil, nil, nil])
        #expect(entries[2].record.operation == entries[3].record.operation)
        #expect(try reader.lastKnownHead(ofPeer: Self.peer)?.sequence == 12)
        #expect(try reader.highestEpoch(containerUUID: Self.completed) == 3)
    }

    /// For the release of a schema: `VZMIGRATE_WRITE_FIXTURE=1 swift test --filter writeFixture`. Never for an old one.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["VZMIGRATE_WRITE_FIXTURE"] != nil))
    func writeFixture() throws {
        let folder = TemporaryFolder()
        let store = try JournalStore.opened(in: folder)
        func fact(_ kind: String, _ state: String, ends: Bool = false) -> NewRecord {
            NewRecord(
                kind: kind, migration: Self.completed, role: .source, epoch: 3, container: "101",
                containerUUID: Self.completed, stateAfter: state, endsMigration: ends, peer: Self.peer)
        }
        var planned = fact("planned", "planned")
        planned.payload = Array(#"{"online": true, "maxDowntime": 0.300, "name": "Zoë"}"#.utf8)
        planned.privatePayload = Array("192.0.2.1".utf8)
        try store.append(planned)
        try store.append(
            NewRecord(kind: "roundTold", recordClass: .telemetry, migration: Self.completed, payload: Array("[1]".utf8))
        )
        var freezing = fact("freezeStarted", "iterated")
        freezing.operation = .random()
        var frozen = fact("containerFrozen", "frozen")
        frozen.operation = freezing.operation
        frozen.returnCode = 0
        frozen.durationNanoseconds = 1_500_000
        try store.append(contentsOf: [freezing, frozen])
        try store.recordPeerHead(
            PeerHead(journal: Self.peer, head: ChainHead(sequence: 12, hash: .init(repeating: 7, count: 32))))
        try store.append(fact("completed", "completed", ends: true))
        try store.append(
            NewRecord(
                kind: "prepared", migration: Self.open, role: .destination, epoch: 1, container: "web-1",
                stateAfter: "prepared"))
        try store.close()
        try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
        try Data(contentsOf: URL(filePath: folder.database)).write(to: Self.folder.appending(path: "v1.db"))
    }
}
