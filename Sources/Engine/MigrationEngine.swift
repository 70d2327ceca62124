package import HandOver

/// The loop that every migration goes through, on either side, first run or resumed:
/// write down the intent, do it, write down the fact.
package struct MigrationEngine<Machine: MigrationMachine>: Sendable {
    private let performer: any StepPerformer<Machine>
    private let log: any EventLog<Machine>

    package init(performer: any StepPerformer<Machine>, log: any EventLog<Machine>) {
        self.performer = performer
        self.log = log
    }

    /// Carries out one step after the other until the migration has ended or waits for the other side.
    ///
    /// - Throws: `StepFailure` if a step failed that must be done and was not: the migration stands where it stood, and
    ///   running again tries again. Any other error comes from the journal: the process must end.
    package func run(_ migration: inout Machine) async throws {
        try await self.settle(&migration)
        while let step = migration.nextStep {
            try await self.carryOut(step, of: &migration)
        }
    }

    /// Carries out one step that the other side ordered.
    package func carryOut(_ step: Machine.Step, of migration: inout Machine) async throws {
        if migration.stepInFlight == nil { try await self.record(Machine.started(step), in: &migration) }
        let event: Machine.Event
        do {
            event = try await self.performer.perform(step, of: migration)
        } catch {
            try await self.record(Machine.failed(step, error), in: &migration)
            if migration.nextStep == step { throw error }
            return
        }
        try await self.record(event, in: &migration)
    }

    /// Journals `event` if it can follow, and only then takes it.
    package func record(_ event: Machine.Event, in migration: inout Machine) async throws {
        var next = migration
        try next.apply(event)
        try await self.log.append(event, leadingTo: next)
        migration = next
    }

    /// Finds out what became of the step that was in flight when an earlier process ended, and writes it down.
    package func settle(_ migration: inout Machine) async throws {
        guard let step = migration.stepInFlight else { return }
        guard let event = try await self.performer.observe(step, of: migration) else { return }
        try await self.record(event, in: &migration)
    }
}

/// Carries steps out on real servers. The one door between the loop and the world.
package protocol StepPerformer<Machine>: Sendable {
    associatedtype Machine: MigrationMachine

    /// Does `step` and says what came of it.
    ///
    /// - Throws: why it came to nothing. Whatever the step had begun is then either undone or safe to begin again.
    func perform(_ step: Machine.Step, of migration: Machine) async throws(StepFailure) -> Machine.Event

    /// What became of a step that was in flight when an earlier process ended; `nil` if it has to be carried out again.
    func observe(_ step: Machine.Step, of migration: Machine) async throws(StepFailure) -> Machine.Event?
}

/// Where the engine writes what happened, before anything else happens.
package protocol EventLog<Machine>: Sendable {
    associatedtype Machine: MigrationMachine

    /// Forces `event` to disk. A throw means that it may be there or not: the process must do nothing more.
    func append(_ event: Machine.Event, leadingTo migration: Machine) async throws
}
