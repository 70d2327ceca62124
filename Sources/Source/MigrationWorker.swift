package import Engine
package import HandOver
internal import Journal
internal import Transfer

/// Carries one migration out: its log, its link, its engine.
package struct MigrationWorker: Sendable {
    private let log: any EventLog<SourceMigration>
    private let heard: @Sendable (SourceMigration) -> Void
    private let steps: SourceSteps
    private let engine: MigrationEngine<SourceMigration>
    private let beforeWork: @Sendable () throws(StepFailure) -> Void

    /// - Parameters:
    ///   - site: this node, as the container leaves it.
    ///   - records: this node's journal.
    ///   - log: of the migration.
    ///   - link: the way to its destination.
    ///   - session: what this run knows of it beside the journal.
    ///   - heard: is told what was journaled.
    ///   - beforeWork: called before the first step of a run.
    package init(
        site: any SourceSite, records: any MigrationRecords, log: any EventLog<SourceMigration>,
        link: any DestinationLink, session: MigrationSession, heard: @escaping @Sendable (SourceMigration) -> Void,
        beforeWork: @escaping @Sendable () throws(StepFailure) -> Void
    ) {
        self.init(
            SourceSteps(site: site, records: records, link: link, session: session), log, heard, beforeWork)
    }

    private init(
        _ steps: SourceSteps, _ log: any EventLog<SourceMigration>,
        _ heard: @escaping @Sendable (SourceMigration) -> Void,
        _ beforeWork: @escaping @Sendable () throws(StepFailure) -> Void
    ) {
        (self.steps, self.log, self.heard, self.beforeWork) = (steps, log, heard, beforeWork)
        self.engine = MigrationEngine(performer: steps, log: log, heard: heard)
    }

    private var site: any SourceSite { self.steps.site }
    private var link: any DestinationLink { self.steps.link }

    /// The plan as it has to be journaled: what only both nodes together can say of it is found out.
    ///
    /// - Throws: why it cannot be, or why there can be no such migration. That is to be journaled too: see `giveUp`.
    package func located(_ plan: MigrationPlan) async throws(StepFailure) -> MigrationPlan {
        try await self.steps.findStorage(for: plan)
    }

    /// The same worker for another plan of the migration, over the link that it has.
    ///
    /// - Parameter site: this node, as the container leaves it by that plan.
    /// - Returns: the worker.
    package func leaving(_ site: any SourceSite) -> MigrationWorker {
        MigrationWorker(
            SourceSteps(site: site, records: self.steps.records, link: self.link, session: self.steps.session),
            self.log, self.heard, self.beforeWork)
    }

    /// Journals the plan.
    ///
    /// - Returns: the migration that begins with it.
    package func begin(_ plan: MigrationPlan) async throws -> SourceMigration {
        try await self.engine.begin(with: .planned(plan))
    }

    /// Ends a migration of which nothing but the plan is journaled yet.
    package func giveUp(_ migration: inout SourceMigration, because failure: StepFailure) async throws {
        await self.link.close()
        try await self.engine.record(.interrupted(failure), in: &migration)
    }

    /// Carries the migration to its end, or to where it waits.
    ///
    /// - Throws: `StepFailure` where it has not ended; any other error comes from the journal: the process must end.
    package func run(_ migration: inout SourceMigration) async throws {
        do {
            try self.beforeWork()
            try await self.carryOn(&migration)
        } catch {
            await self.link.close()
            throw Self.explained(error, migration)
        }
        await self.link.close()
    }

    /// A roll-back that fails for want of something on this server is tried again at once: the container stands still
    /// meanwhile, and the guardian comes only when this process has ended.
    private func carryOn(_ migration: inout SourceMigration) async throws {
        var attempts = DeliveryAttempts(in: self.steps.session.environment)
        while true {
            do {
                return try await self.engine.run(&migration)
            } catch let failure as StepFailure where migration.phase == .rollingBack {
                guard await attempts.mayTryAgain(after: failure) else { throw failure }
            }
        }
    }

    /// Goes on with a migration of an earlier process.
    ///
    /// Before the commit an earlier process's migration is presumed aborted, also where it died between two steps.
    package func resume(_ migration: inout SourceMigration) async throws {
        if !migration.phase.isPastCommit { try await self.assureHistory(migration.plan) }
        try await self.engine.resolveStepInFlight(of: &migration)
        let isUndecided = !migration.phase.isPastCommit && migration.failure == nil
        if isUndecided { try await self.engine.record(.interrupted(MigrationSession.processEnded), in: &migration) }
        do {
            try await self.run(&migration)
        } catch let failure as StepFailure where migration.phase == .abortOwed {
            let owed =
                "the roll-back of an earlier migration cannot be told to \(migration.plan.places.destination)"
            throw StepFailure(
                failure.status == .terminated ? .cannotConnect : failure.status, "\(owed): \(failure.message)")
        }
    }

    /// Before a container is started anew on this journal's word alone, the destination is asked whether the journal is
    /// whole. One that is only to be thawed is not kept waiting: its processes are the proof that it never left.
    private func assureHistory(_ plan: MigrationPlan) async throws {
        guard plan.kind.runsAtFirst else { return }
        let site = self.site
        let isAlive = try await self.steps.onThisNode(.system, "look at CT \(plan.container)") { try site.isAlive() }
        if isAlive { return }
        try await self.link.assureHistory()
    }

    /// Takes an operator's word for the destination's and goes on with it.
    package func resume(_ migration: inout SourceMigration, assuming decision: OperatorDecision) async throws {
        try await self.engine.resolveStepInFlight(of: &migration)
        if migration.state == .serving, decision.outcome == .aborted { try await self.recall(migration.plan) }
        try await self.engine.record(.assumed(decision), in: &migration)
        try await self.run(&migration)
    }

    /// It runs over there without all of its memory, and shall go on here: if the destination can be reached, it is
    /// ended there first.
    private func recall(_ plan: MigrationPlan) async throws(StepFailure) {
        do throws(StepFailure) {
            let answer = try await self.link.request(
                .recall(plan.reference, because: "an operator decided that it goes on at its source"),
                interruption: nil)
            if case .contradicted(let refusal) = answer {
                throw StepFailure(
                    .usage, "\(refusal.message); run vzmigrate --recover \(plan.container) without --assume")
            }
        } catch {
            switch error.status {
            // Then it is the operator who knows that it does not run there.
            case .cannotConnect, .connectionBroken, .connectionTimedOut: return
            default: throw error
            }
        }
    }

    private static func explained(_ error: any Error, _ migration: SourceMigration) -> any Error {
        if let failure = error as? StepFailure { return Self.explained(failure, migration) }
        // The journal's word: what became of the last event is unknown, and it may have been the commit.
        guard migration.phase.isPastCommit || migration.stepInFlight == .decideCommit else { return error }
        return StepFailure(.inDoubt, "\(error) The hand-over may be decided: run vzmigrate for it again.")
    }

    /// What failed after the destination has confirmed is a matter of this server alone. A roll-back that did not come
    /// to its end ends with its own cause, and what is still owed.
    private static func explained(_ failure: StepFailure, _ migration: SourceMigration) -> StepFailure {
        let container = migration.plan.container
        if migration.isReleasing {
            return StepFailure(
                failure.status,
                "it is on \(migration.plan.places.destination) for good; what it leaves here could not be cleared "
                    + "away, which is tried again (\(failure.message))")
        }
        guard let cause = migration.failure, cause != failure else { return failure }
        switch migration.phase {
        case .abortOwed:
            return StepFailure(
                cause.status,
                "\(cause.message); the container is as it was, and the destination hears of it with the next run "
                    + "(\(failure.message))")
        case .rollingBack:
            return StepFailure(
                cause.status,
                "\(cause.message); but CT \(container) could not be given back yet (\(failure.message)): the guardian "
                    + "tries it again until it can; see the system log, or run vzmigrate --recover \(container)")
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .committed,
            .confirmed, .served, .completed, .copied, .rolledBack, .contradicted:
            return failure
        }
    }
}
