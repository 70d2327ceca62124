import Foundation
import GRDB
import HandOver
import Journal
import Testing
import TestSupport

@Suite("What --keep-dst left here is listed until a later migration takes it up")
struct KeptTests {
    let folder = TemporaryFolder()
    let store: JournalStore

    init() throws { self.store = try JournalStore.opened(in: self.folder) }

    static func plan(_ identity: UniqueID, at area: String = "/vz/private/102") -> DestinationPlan {
        let example = DestinationPlan.example
        return DestinationPlan(
            migration: .random(), container: example.container, identity: identity.uuid, epoch: 1,
            kind: example.kind, keepsArea: true,
            places: .init(privateArea: area, incomingArea: "\(area).incoming", configuration: ""))
    }

    /// One attempt that comes to nothing.
    @discardableResult
    func fail(_ plan: DestinationPlan, kept: Bool) async throws -> UniqueID? {
        let events: [DestinationEvent] = [
            .accepted(plan), .abortOrdered(.example), .stepStarted(.discardContainer), .aborted(kept: kept),
        ]
        try await self.store.live(events, as: DestinationMigration.self)
        return plan.migration
    }

    private func erase() throws {
        let raw = try DatabaseQueue(path: self.folder.database)
        try raw.write { try $0.execute(sql: "DELETE FROM event_private") }
        try raw.close()
    }

    func paths() throws -> [String?] { try self.store.reader.keptAreas().map(\.area) }

    @Test("With migration, container, place and time")
    func kept() async throws {
        let id = try await self.fail(Self.plan(.random()), kept: true)
        try await self.fail(Self.plan(.random()), kept: false)
        try await self.store.live(upTo: nil)
        let area = try #require(try self.store.reader.keptAreas().first)
        #expect(area.migration == id)
        #expect(area.container == "101")
        #expect(area.area == "/vz/private/102.incoming")
        let last = try self.store.reader.entries(ofMigration: area.migration).last
        #expect(area.since == last?.time)
        #expect(try self.paths().count == 1)
    }

    @Test("Used, removed or kept again by the next attempt, wherever that goes, and by no other container's")
    func takenUp() async throws {
        let container = UniqueID.random()
        try await self.fail(Self.plan(container), kept: true)
        try await self.store.live([.accepted(Self.plan(.random()))], as: DestinationMigration.self)
        #expect(try self.paths() == ["/vz/private/102.incoming"])
        let again = try await self.fail(Self.plan(container), kept: true)
        #expect(try self.store.reader.keptAreas().map(\.migration) == [again])
        try await self.store.live([.accepted(Self.plan(container, at: "/b"))], as: DestinationMigration.self)
        #expect(try self.paths().isEmpty)
    }

    @Test("A path that was erased is not shown")
    func erased() async throws {
        let container = UniqueID.random()
        try await self.fail(Self.plan(container), kept: true)
        try self.erase()
        #expect(try self.paths() == [nil])
        try await self.fail(Self.plan(container), kept: false)
        #expect(try self.paths().isEmpty)
    }
}
