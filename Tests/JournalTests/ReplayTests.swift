import HandOver
import Journal
import Testing
import TestSupport

@Suite("A migration that was written to a journal comes back from it as it was, at every moment")
struct ReplayTests {
    /// A whole life, an intent before each fact.
    private static func life(_ kind: MigrationKind, failingAt failing: SourceStep? = nil) throws -> [SourceEvent] {
        var events: [SourceEvent] = [.planned(.example(kind: kind))]
        var migration = try SourceMigration(replaying: events)
        while let step = migration.nextStep {
            let outcome: SourceEvent = step == failing ? .stepFailed(step, .example) : .success(of: step)
            for event in [.stepStarted(step), outcome] {
                try migration.apply(event)
                events.append(event)
            }
        }
        return events
    }

    private static let destinationLives: [[DestinationEvent]] = [
        [
            .accepted(.example), .stepStarted(.prepareContainer), .prepared(.example), .committed,
            .stepStarted(.activateContainer), .stepFailed(.activateContainer, .example),
            .stepStarted(.activateContainer), .resumed(isRunning: true, memoryLost: true), .completed,
        ],
        [
            .accepted(.example), .prepared(.example), .committed, .stepStarted(.activateContainer),
            .handedBack(.example), .abortOrdered(.example), .aborted(kept: false),
        ],
        [
            .accepted(.example), .prepared(.example), .assumed(.example), .stepStarted(.discardContainer),
            .aborted(kept: false), .contradicted(.example),
        ],
        [
            .accepted(.example), .stepStarted(.prepareContainer), .stepFailed(.prepareContainer, .example),
            .stepStarted(.discardContainer), .aborted(kept: true),
        ],
    ]

    /// Writes the events one by one; after each, and in a store that was opened again, the journal says the same.
    private func expectReplay<Machine: JournaledMachine>(_ events: [Machine.Event], as type: Machine.Type) async throws
    where Machine.Event: Equatable {
        let folder = TemporaryFolder()
        let store = try JournalStore.opened(in: folder)
        let first = try #require(events.first)
        var machine = try Machine(startingWith: first)
        let id = machine.migration
        #expect(try store.replay(id, as: Machine.self) == nil)
        let log = try MigrationLog<Machine>(of: id, in: store, peer: PeerWitness())
        for (index, event) in events.enumerated() {
            if index > 0 { try machine.apply(event) }
            try await log.append(event, leadingTo: machine)
            let replayed = try #require(try store.replay(id, as: Machine.self))
            #expect(replayed.stateName == machine.stateName)
            #expect(replayed.stepInFlight == machine.stepInFlight)
            #expect(replayed.nextStep == machine.nextStep)
            #expect(try store.openMigrations(as: Machine.self).count == (machine.isEnded ? 0 : 1))
        }
        try store.close()

        let again = try JournalStore.opened(in: folder)
        let entries = try again.reader.entries(ofMigration: id)
        let read = try entries.map { entry in
            try Machine.Event(
                body: EventBody(
                    kind: entry.record.kind, payload: entry.record.payload,
                    privatePayload: entry.record.privatePayload))
        }
        #expect(read == events)
        #expect(entries.last?.record.stateAfter == machine.stateName)
        #expect(entries.last?.record.endsMigration == machine.isEnded)
        #expect(try again.replay(id, as: Machine.self)?.stateName == machine.stateName)
        #expect(try again.reader.verify().findings == [])
        try again.close()
    }

    @Test("Of each kind, to its good end", arguments: MigrationKind.allCases)
    func completed(kind: MigrationKind) async throws {
        try await self.expectReplay(try Self.life(kind), as: SourceMigration.self)
    }

    @Test("With a step that fails", arguments: [SourceStep.checkNodes, .raiseFence, .dumpContainer, .decideCommit])
    func failed(step: SourceStep) async throws {
        try await self.expectReplay(try Self.life(.online(.simple), failingAt: step), as: SourceMigration.self)
    }

    @Test("Handed back by the destination, and decided by an operator")
    func revoked() async throws {
        let life = Array(try Self.life(.online(.simple)).prefix { $0 != .stepStarted(.deliverCommit) })
        let end: [SourceEvent] = [
            .stepStarted(.rollBack), .sourceRolledBack(memoryLost: true), .stepStarted(.deliverAbort),
        ]
        let handedBack: [SourceEvent] = [.stepStarted(.deliverCommit), .commitRevoked(.example)]
        let told: [SourceEvent] = [.abortAcknowledged]
        try await self.expectReplay(life + handedBack + end + told, as: SourceMigration.self)
        let decided: [SourceEvent] = [.assumed(.example)]
        let contradicted: [SourceEvent] = [.contradicted(.example)]
        try await self.expectReplay(life + decided + end + contradicted, as: SourceMigration.self)
    }

    @Test("At the destination", arguments: destinationLives)
    func destination(events: [DestinationEvent]) async throws {
        try await self.expectReplay(events, as: DestinationMigration.self)
    }

    @Test("An intent and its outcome share an operation, and no two steps do")
    func operations() async throws {
        let folder = TemporaryFolder()
        let store = try JournalStore.opened(in: folder)
        let events = try Self.life(.online(.simple))
        var machine = try SourceMigration(startingWith: events[0])
        let log = try MigrationLog<SourceMigration>(of: machine.migration, in: store, peer: PeerWitness())
        for (index, event) in events.enumerated() {
            if index > 0 { try machine.apply(event) }
            try await log.append(event, leadingTo: machine)
        }
        let operations = try store.reader.entries(ofMigration: machine.migration).dropFirst().map(\.record.operation)
        let pairs = stride(from: 0, to: operations.count - 1, by: 2).map { (operations[$0], operations[$0 + 1]) }
        #expect(pairs.allSatisfy { $0.0 != nil && $0.0 == $0.1 })
        #expect(Set(pairs.map(\.0)).count == pairs.count)
        try store.close()
    }

    @Test("A migration of the other role, or of nobody, is not found")
    func otherRole() async throws {
        let folder = TemporaryFolder()
        let store = try JournalStore.opened(in: folder)
        let machine = try SourceMigration(startingWith: .planned(.full))
        let log = try MigrationLog<SourceMigration>(of: machine.migration, in: store, peer: PeerWitness())
        try await log.append(.planned(.full), leadingTo: machine)
        #expect(try store.replay(machine.migration, as: DestinationMigration.self) == nil)
        #expect(try store.replay(.random(), as: SourceMigration.self) == nil)
        #expect(try store.openMigrations(as: DestinationMigration.self).isEmpty)
        try store.close()
    }
}
