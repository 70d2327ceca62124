internal import Container
internal import Engine
internal import Glibc
internal import HandOver
internal import Host
internal import Journal
internal import Source
internal import SSH

/// One command line's migrations away from this server.
struct MigrationRun {
    let request: MigrationRequest
    let context: RunContext

    var node: SourceNode { self.context.node }

    /// Migrates one container, after whatever an earlier run has left of it.
    ///
    /// - Returns: the outcome, as one line.
    /// - Throws: `StepFailure`; any other error comes from the journal.
    func migrate(_ item: ContainerListItem, _ reporter: MigrationReporter) async throws -> String {
        guard !self.context.interruption.isRequested else {
            throw StepFailure(.terminated, "not begun, because a signal ended the run; the container stays where it is")
        }
        let id = try self.resolve(item.container)
        let lock = try await self.context.lockInTurn(id, purpose: "migrating to \(self.request.destinationText)")
        defer { withExtendedLifetime(lock) {} }
        let earlier = try await self.finishEarlier(id, reporter)
        if let earlier {
            let isDone = earlier.phase == .copied && self.request.copies && self.asks(for: earlier.plan, item)
            let isGone = earlier.phase == .completed && !self.node.registry.isRegistered(id)
            if isDone || isGone { return try self.outcome(ofEarlier: earlier, item) }
            Output.tell(Outcome(earlier).line)
        }
        let container = try self.container(id)
        try self.assureArrived(container)
        try await self.endTrial(of: container)
        let planner = Planner(request: self.request, item: item, container: container, node: self.node)
        let asked = try planner.plan()
        let worker = try MigrationWorker(asked, in: self.context, reporter: reporter)
        // Whether it can be found out or not, what was asked is on record.
        let found = await Self.locate(asked, worker)
        let plan = (try? found.get()) ?? asked
        planner.remarks(on: plan).forEach(Output.tell)
        var migration = try SourceMigration(startingWith: .planned(plan))
        // Before the first event: whoever dies after it leaves a migration that somebody has to end.
        try self.context.guardian?.watch()
        try await worker.log.append(.planned(plan), leadingTo: migration)
        switch found {
        case .success: try await worker.leaving(LocalSourceSite(of: plan, from: self.node)).run(&migration)
        case .failure(let failure): try await worker.giveUp(&migration, because: failure)
        }
        return try self.outcome(of: migration)
    }

    /// A trial dump that was cut short must leave nothing that a later recovery would take for a container to thaw.
    private func endTrial(of container: HostedContainer) async throws(StepFailure) {
        guard TrialDump.isUnfinished(in: container.runDirectory) else { return }
        try await TrialDump(of: container).end()
        Output.tell("CT \(container.id): its trial dump was cut short; it goes on")
    }

    private static func locate(
        _ plan: MigrationPlan, _ worker: MigrationWorker
    ) async -> Result<MigrationPlan, StepFailure> {
        do throws(StepFailure) { return .success(try await worker.located(plan)) } catch { return .failure(error) }
    }

    /// The id of the container that was meant: by its id, else by its UUID or its NAME. One that is not here, because
    /// an earlier run gave it away, keeps the id that was typed.
    func resolve(_ typed: ContainerID) throws(StepFailure) -> ContainerID {
        let registry = self.node.registry
        if registry.isRegistered(typed) { return typed }
        do {
            let found =
                try typed.kind == .uuid
                ? registry.containers(withUUID: typed.description) : registry.containers(named: typed.description)
            guard found.count <= 1 else {
                throw StepFailure(.usage, "several containers are called \(typed): \(found); give the id")
            }
            return found.first ?? typed
        } catch {
            throw StepFailure(error, at: .source, during: "look for container \(typed)")
        }
    }

    /// If the container is not here any more, the message says where it went: its guardian may just have finished an
    /// earlier run.
    func container(_ id: ContainerID) throws -> HostedContainer {
        do throws(StepFailure) {
            return try self.node.container(id)
        } catch {
            guard error.status == .noSuchContainer,
                let latest = try self.context.journal.reader.migrations(named: "\(id)").last,
                latest.container == "\(id)",
                let departure = try self.context.journal.replay(latest.migration, as: SourceMigration.self),
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
        _ container: ContainerID, _ reporter: MigrationReporter
    ) async throws -> SourceMigration? {
        var latest: SourceMigration?
        let unfinished = try self.context.journal.openMigrations(as: SourceMigration.self)
        for var migration in unfinished where migration.plan.container == container {
            Output.tell(
                "CT \(container): finding an unfinished migration (\(migration.migration.short)) that is "
                    + "\(migration.stateName)")
            // From here on this run is who has to end it.
            try self.context.guardian?.watch()
            do {
                let worker = try MigrationWorker(migration.plan, in: self.context, reporter: reporter)
                reporter.hear(migration)
                try await worker.resume(&migration)
            } catch let failure as StepFailure where self.mayGoOn(past: migration) {
                Output.tell("CT \(container): \(failure.message)")
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
    func assureArrived(_ container: HostedContainer) throws {
        let uuid = try container.configuration.uuid
        // Of one that was removed on an operator's word nothing is left here, whatever its source has yet to say.
        let arrivals = try self.context.journal.openMigrations(as: DestinationMigration.self)
            .filter { $0.phase != .discarded }
        guard let arrival = arrivals.first(where: { $0.plan.container == container.id || $0.identity == uuid }) else {
            return
        }
        throw StepFailure(
            .locked,
            "its arrival here (migration \(arrival.migration.short)) is \(arrival.stateName) and has not ended; run "
                + "vzmigrate --recover \(arrival.plan.container) first")
    }

    private func outcome(of migration: SourceMigration) throws(StepFailure) -> String {
        if let failure = migration.failure, !migration.phase.isPastCommit {
            Output.tell(Outcome(migration).line)
            throw failure
        }
        return Outcome(migration).line
    }
}
