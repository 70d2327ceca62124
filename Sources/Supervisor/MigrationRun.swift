internal import Engine
package import HandOver
internal import Journal
internal import Source

/// One command line's migrations away from this server.
package struct MigrationRun: Sendable {
    private let request: MigrationRequest
    package let context: RunContext

    private var host: any SourceHost { self.context.host }

    package init(_ request: MigrationRequest, in context: RunContext) {
        (self.request, self.context) = (request, context)
    }

    /// Migrates one container, after whatever an earlier run has left of it.
    ///
    /// - Returns: the outcome, as one line.
    /// - Throws: `StepFailure`; any other error comes from the journal.
    package func migrate(_ item: ContainerListItem, _ reporter: any SupervisorReporter) async throws -> String {
        guard !self.context.interruption.isRequested else {
            throw StepFailure(.terminated, "not begun, because a signal ended the run; the container stays where it is")
        }
        let id = try self.resolve(item.container)
        let lock = try await self.context.lockInTurn(id, purpose: "migrating to \(self.request.destinationText)")
        defer { withExtendedLifetime(lock) {} }
        let earlier = try await self.finishEarlier(id, reporter)
        if let earlier {
            let isDone = earlier.phase == .copied && self.request.copies && self.asks(for: earlier.plan, item)
            let isGone = earlier.phase == .completed && !self.host.isRegistered(id)
            if isDone || isGone { return try self.outcome(ofEarlier: earlier, item) }
            reporter.tell(Outcome(earlier).line)
        }
        var container = try self.container(id)
        try self.assureArrived(container)
        if container.hasUnfinishedTrial {
            // Nothing may be left of it that a later recovery would take for a container to thaw.
            try await self.host.endTrial(of: id)
            reporter.tell("CT \(id): its trial dump was cut short; it goes on")
            container = try self.container(id)
        }
        let migration = try await self.carryOut(Planner(self.request, item, container, on: self.host), reporter)
        if let failure = migration.failure, !migration.phase.isPastCommit {
            reporter.tell(Outcome(migration).line)
            throw failure
        }
        return Outcome(migration).line
    }

    /// From the plan to the end.
    private func carryOut(_ planner: Planner, _ reporter: any SupervisorReporter) async throws -> SourceMigration {
        let asked = try planner.plan()
        let worker = try self.context.worker(for: asked, reporter)
        // Whether it can be found out or not, what was asked is on record.
        let (plan, failure) = await Self.locate(asked, worker)
        planner.remarks(on: plan).forEach(reporter.tell)
        // Before the first event: whoever dies after it leaves a migration that somebody has to end.
        try self.context.watch?.begin()
        var migration = try await worker.begin(plan)
        if let failure {
            try await worker.giveUp(&migration, because: failure)
        } else {
            try await worker.leaving(self.host.site(of: plan)).run(&migration)
        }
        return migration
    }

    /// The plan with what only both nodes together know; or as it was, and why there can be no such migration.
    private static func locate(
        _ plan: MigrationPlan, _ worker: MigrationWorker
    ) async -> (MigrationPlan, StepFailure?) {
        do throws(StepFailure) { return (try await worker.located(plan), nil) } catch { return (plan, error) }
    }

    /// The id of the container that was meant: by its id, else by its UUID or its NAME. One that is not here, because
    /// an earlier run gave it away, keeps the id that was typed.
    package func resolve(_ typed: ContainerID) throws(StepFailure) -> ContainerID {
        if self.host.isRegistered(typed) { return typed }
        do {
            let found = try self.host.containers(called: typed)
            guard found.count <= 1 else {
                throw StepFailure(.usage, "several containers are called \(typed): \(found); give the id")
            }
            return found.first ?? typed
        } catch {
            throw StepFailure(error, at: .source, during: "look for container \(typed)")
        }
    }

    /// If the container is not here any more, the failure says where it went: its guardian may just have finished an
    /// earlier run.
    package func container(_ id: ContainerID) throws -> ContainerFacts {
        do {
            return try self.host.facts(of: id)
        } catch let error as StepFailure {
            guard error.status == .noSuchContainer, let latest = try self.host.records.latestMigration(of: id),
                let departure = try self.host.records.replay(latest, as: SourceMigration.self),
                departure.phase == .completed
            else { throw error }
            throw StepFailure(
                .noSuchContainer,
                "\(error.message); migration \(departure.migration.short) has moved it to "
                    + "\(departure.plan.places.destination)")
        }
    }

    /// Finishes or rolls back what an earlier run has left unfinished.
    ///
    /// - Returns: the latest such migration; `nil` if there was none.
    private func finishEarlier(
        _ container: ContainerID, _ reporter: any SupervisorReporter
    ) async throws -> SourceMigration? {
        var latest: SourceMigration?
        let unfinished = try self.host.records.openMigrations(as: SourceMigration.self)
        for var migration in unfinished where migration.plan.container == container {
            reporter.tell(
                "CT \(container): finding an unfinished migration (\(migration.migration.short)) that is "
                    + "\(migration.stateName)")
            // From here on this run is who has to end it.
            try self.context.watch?.begin()
            do {
                let worker = try self.context.worker(for: migration.plan, reporter)
                reporter.hear(migration)
                try await worker.resume(&migration)
            } catch let failure as StepFailure where self.mayGoOn(past: migration) {
                reporter.tell("CT \(container): \(failure.message)")
            }
            latest = migration
        }
        return latest
    }

    /// A rolled-back migration whose destination cannot be told keeps nobody from another destination: whatever it
    /// still holds there has a lower epoch, and never runs without our word.
    private func mayGoOn(past migration: SourceMigration) -> Bool {
        migration.phase == .abortOwed && migration.plan.places.destination != self.request.destinationText
    }

    /// What an earlier run had begun is now done, which is an answer only if the same was asked again.
    private func outcome(
        ofEarlier migration: SourceMigration, _ item: ContainerListItem
    ) throws(StepFailure) -> String {
        let line = Outcome(migration).line
        guard self.asks(for: migration.plan, item) else {
            throw StepFailure(.noSuchContainer, "an earlier run had decided to move it elsewhere: \(line)")
        }
        return line
    }

    /// Whether the same place was asked for again.
    private func asks(for plan: MigrationPlan, _ item: ContainerListItem) -> Bool {
        let places = plan.places
        return places.destination == self.request.destinationText
            && plan.destinationContainer == item.newContainer ?? plan.container
            && places.destinationPrivateArea == item.destinationPrivateArea
            && places.destinationRoot == item.destinationRoot
    }

    /// A container whose arrival has not ended here shares its places with what is left of that.
    package func assureArrived(_ container: ContainerFacts) throws {
        // A copy that was removed on an operator's word has left nothing here, whatever its source has yet to say.
        let arrivals = try self.host.records.openMigrations(as: DestinationMigration.self)
            .filter { $0.phase != .discarded }
        guard
            let arrival = arrivals.first(where: {
                $0.plan.container == container.container || $0.identity == container.identity
            })
        else {
            return
        }
        throw StepFailure(
            .locked,
            "its arrival here (migration \(arrival.migration.short)) is \(arrival.stateName) and has not ended; run "
                + "vzmigrate --recover \(arrival.plan.container) first")
    }
}
