package import HandOver

/// The loop that every migration goes through, on either side, first run or resumed:
/// write down the intent, do it, write down the fact.
package struct MigrationEngine<Machine: MigrationMachine>: Sendable {
    private let performer: any StepPerformer<Machine>
    private let recorder: EventRecorder<Machine>

    /// - Parameters:
    ///   - performer: carries the steps out.
    ///   - log: of the migration.
    ///   - heard: is told what was written, once it is on disk.
    package init(
        performer: any StepPerformer<Machine>, log: any EventLog<Machine>,
        heard: @escaping @Sendable (Machine) -> Void = { _ in }
    ) {
        self.performer = performer
        self.recorder = EventRecorder(log: log, heard: heard)
    }

    /// Journals the first event of a migration.
    ///
    /// - Returns: the migration that it begins.
    package func begin(with event: Machine.Event) async throws -> Machine { try await self.recorder.begin(with: event) }

    /// Carries out one step after the other until the migration has ended or waits for the other side.
    ///
    /// - Throws: `StepFailure` if a step failed that must be done and was not: the migration stands where it stood, and
    ///   running again tries again. Any other error comes from the journal: the process must end.
    package func run(_ migration: inout Machine) async throws {
        try await self.resolveStepInFlight(of: &migration)
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
        try await self.recorder.record(event, in: &migration)
    }

    /// Finds out what became of the step that was in flight when an earlier process ended, and writes it down.
    package func resolveStepInFlight(of migration: inout Machine) async throws {
        guard let step = migration.stepInFlight else { return }
        guard let event = try await self.performer.observe(step, of: migration) else { return }
        try await self.record(event, in: &migration)
    }
}

/// Writes the events of one migration, checked before they are written. Nothing else in the program writes one.
package struct EventRecorder<Machine: MigrationMachine>: Sendable {
    private let log: any EventLog<Machine>
    private let heard: @Sendable (Machine) -> Void

    package init(log: any EventLog<Machine>, heard: @escaping @Sendable (Machine) -> Void = { _ in }) {
        self.log = log
        self.heard = heard
    }

    func begin(with event: Machine.Event) async throws -> Machine {
        let migration = try Machine(startingWith: event)
        try await self.log.append(event, leadingTo: migration)
        self.heard(migration)
        return migration
    }

    /// Journals `event` if it can follow, and only then takes it.
    package func record(_ event: Machine.Event, in migration: inout Machine) async throws {
        var next = migration
        try next.apply(event)
        try await self.log.append(event, leadingTo: next)
        migration = next
        self.heard(next)
    }
}

/// Carries steps out on real servers; the loop itself touches nothing.
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
