import Engine
import HandOver
import Testing
import TestSupport

@Suite("A migration whose process is killed ends right, wherever that was")
struct CrashRecoveryTests {
    /// Every step of a whole migration.
    static let steps: [SourceStep] = [
        .checkNodes, .openDestination, .raiseFence, .syncTree, .freezeContainer, .dumpContainer, .prepareDestination,
        .decideCommit, .deliverCommit, .releaseSource,
    ]

    @Test("Undisturbed, every step takes effect once, in order")
    func undisturbed() async throws {
        let (performer, log) = (ScriptedPerformer(), MemoryLog(.example()))
        var migration = try SourceMigration(replaying: log.events)
        try await MigrationEngine(performer: performer, log: log).run(&migration)
        #expect(migration.phase == .completed)
        #expect(performer.effects == Self.steps)
        #expect(try SourceMigration(replaying: log.events).state == .completed)
    }

    @Test("Killed before or after an effect, then run again", arguments: steps, ScriptedPerformer.Death.allCases)
    func killed(step: SourceStep, death: ScriptedPerformer.Death) async throws {
        let (performer, log) = (ScriptedPerformer(), MemoryLog(.example()))
        performer.die(at: step, death)
        var migration = try SourceMigration(replaying: log.events)
        let engine = MigrationEngine(performer: performer, log: log)
        await #expect(throws: ScriptedPerformer.Died.self) { try await engine.run(&migration) }

        var replayed = try SourceMigration(replaying: log.events)
        #expect(replayed.stepInFlight == step)
        try await engine.run(&replayed)
        let isPastCommit = [.deliverCommit, .releaseSource].contains(step)
        #expect(replayed.phase == (isPastCommit ? .completed : .rolledBack))
        #expect(performer.effects.contains(.deliverCommit) == isPastCommit)
        #expect(performer.effects.contains(.rollBack) == (!isPastCommit && step != .checkNodes))
    }

    @Test("A step that fails before the commit rolls back, and after it stalls without going back", arguments: steps)
    func failed(step: SourceStep) async throws {
        let (performer, log) = (ScriptedPerformer(), MemoryLog(.example()))
        performer.fail(at: step)
        var migration = try SourceMigration(replaying: log.events)
        let engine = MigrationEngine(performer: performer, log: log)
        if [.deliverCommit, .releaseSource].contains(step) {
            await #expect(throws: StepFailure.self) { try await engine.run(&migration) }
            #expect(migration.phase.isPastCommit && !migration.phase.isEnded)
        } else {
            try await engine.run(&migration)
            #expect(migration.phase == .rolledBack)
        }
    }
}
