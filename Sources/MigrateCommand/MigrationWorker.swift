internal import AgentProtocol
internal import ContainerHost
internal import ContainerIdentity
internal import MigrationEngine
internal import MigrationJournal
internal import MigrationModel
internal import MigrationSteps
internal import SecureShell
internal import ToolInformation

/// Everything that one migration's steps need: its link, its log, its engine.
struct MigrationWorker {
    let log: MigrationLog<SourceMigration>
    private let link: DestinationLink
    private let engine: MigrationEngine<SourceSteps, MigrationLog<SourceMigration>>

    private let workplace: Workplace

    init(_ plan: MigrationPlan, in workplace: Workplace) throws {
        self.workplace = workplace
        let peer = PeerWitness()
        var options = SSHOptions()
        options.timeout = workplace.timeout
        let (journal, current, container) = (workplace.journal, plan.migration, plan.container)
        self.link = DestinationLink(
            destination: try SSHDestination(parsing: plan.places.destination), options: options,
            tool: ToolVersion.text, journal: journal, peer: peer,
            settle: { reference, exchange in
                try await EarlierOutcome(journal: journal).settle(reference, current: current, exchange)
            },
            say: { Output.tell("CT \(container): \($0)") })
        self.log = try MigrationLog(of: plan.migration, in: journal, peer: peer)
        let session = MigrationSession(
            interruption: workplace.interruption, freezeTimeout: workplace.freezeTimeout, tell: Output.tell)
        self.engine = MigrationEngine(
            performer: SourceSteps(node: workplace.node, link: self.link, session: session), log: self.log)
    }

    /// Carries the migration to its end, or to where it waits. From before its first change on, the guardian watches.
    func run(_ migration: inout SourceMigration) async throws {
        do {
            try self.workplace.guardian?.watch()
            try await self.engine.run(&migration)
        } catch {
            await self.link.close()
            throw Self.explained(error, migration)
        }
        await self.link.close()
    }

    /// Goes on with a migration of an earlier process.
    ///
    /// Before the commit an earlier process's migration is presumed aborted, also where it died between two steps.
    func resume(_ migration: inout SourceMigration) async throws {
        if !migration.state.isPastCommit { try await self.assureHistory(migration.plan) }
        try await self.engine.settle(&migration)
        let isUndecided = !migration.state.isPastCommit && migration.failure == nil
        if isUndecided { try await self.engine.record(.interrupted(MigrationSession.processEnded), in: &migration) }
        do {
            try await self.run(&migration)
        } catch let failure as StepFailure where migration.state == .abortOwed {
            let owed =
                "the roll-back of an earlier migration cannot be told to \(migration.plan.places.destination)"
            throw StepFailure(
                failure.status == .terminated ? .cannotConnect : failure.status, "\(owed): \(failure.message)")
        }
    }

    /// Before a container is started anew on this journal's word alone, the destination is asked whether the journal is
    /// whole. One that is only to be thawed is not kept waiting: its processes are the proof that it never left.
    private func assureHistory(_ plan: MigrationPlan) async throws {
        guard plan.kind.runsAtFirst, try !self.workplace.node.container(plan.container).isAlive() else { return }
        try await self.link.assureHistory()
    }

    /// Takes an operator's word for the destination's and goes on with it.
    func resume(_ migration: inout SourceMigration, assuming decision: OperatorDecision) async throws {
        try await self.engine.settle(&migration)
        try await self.engine.record(.assumed(decision), in: &migration)
        try await self.run(&migration)
    }

    private static func explained(_ error: any Error, _ migration: SourceMigration) -> any Error {
        if let failure = error as? StepFailure { return Self.explained(failure, migration) }
        // The journal's word: what became of the last event is unknown, and it may have been the commit.
        guard migration.state.isPastCommit || migration.stepInFlight == .decideCommit else { return error }
        return StepFailure(.inDoubt, "\(error); the hand-over may be decided: run vzmigrate for it again")
    }

    /// What failed after the destination has confirmed is a matter of this server alone. A roll-back that could not be
    /// told to the destination ends with its own cause, and what is still owed.
    private static func explained(_ failure: StepFailure, _ migration: SourceMigration) -> StepFailure {
        if migration.state == .confirmed, !migration.plan.kind.isCopy {
            return StepFailure(
                failure.status,
                "it is on \(migration.plan.places.destination) for good; what it leaves here could not be cleared away, "
                    + "which is tried again (\(failure.message))")
        }
        guard migration.state == .abortOwed, let cause = migration.failure, cause != failure else { return failure }
        return StepFailure(
            cause.status,
            "\(cause.message); the container is as it was, and the destination hears of it with the next run "
                + "(\(failure.message))")
    }
}
