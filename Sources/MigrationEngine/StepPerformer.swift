package import MigrationModel

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
