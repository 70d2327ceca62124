internal import Container
internal import Engine
internal import HandOver
internal import Host
internal import Journal
internal import Source
internal import Supervisor
internal import Transfer

/// `--dry-run`: everything that a migration looks at, and nothing that it does.
struct DryRun {
    let request: MigrationRequest
    let mode: MigrationRequest.DryRunMode
    let run: MigrationRun
    let server: OpenedServer

    private var context: RunContext { self.run.context }
    private var node: SourceNode { self.server.node }

    /// Says what would be done, what it would take, and what it cannot know.
    ///
    /// No lock is taken, no event is journaled, and what an earlier run has left unfinished is only told of.
    ///
    /// - Throws: `StepFailure` with every check that has failed and is not passed over.
    func look(at item: ContainerListItem, _ reporter: MigrationReporter) async throws {
        try self.assureWanted()
        let id = try self.run.resolve(item.container)
        try self.assureUnoccupied(id)
        let container = try self.run.container(id)
        try self.run.assureArrived(container)
        let planner = Planner(self.request, item, container, on: self.server)
        let plan = try planner.plan()
        let link = try self.server.secureLink(for: plan, peer: PeerWitness()) { reference, _ in
            guard try self.isEarlier(reference, of: id) else { return }
            Output.tell("CT \(id): an earlier migration (\(reference.id.prefix(8))) would be ended there first")
        }
        do {
            try await self.look(at: plan, planner, over: link, reporter)
        } catch {
            await link.close()
            throw error
        }
        await link.close()
    }

    private func look(
        at asked: MigrationPlan, _ planner: Planner, over link: SecureLink, _ reporter: MigrationReporter
    ) async throws {
        let session = MigrationSession(
            interruption: self.context.interruption, freezeTimeout: self.context.freezeTimeout,
            environment: ServerEnvironment(), tell: Output.tell)
        reporter.plan(asked, carriedOutIn: session)
        func steps(_ plan: MigrationPlan) -> SourceSteps {
            SourceSteps(site: self.server.site(of: plan), records: self.server.records, link: link, session: session)
        }
        let plan = try await steps(asked).findStorage(for: asked)
        planner.remarks(on: plan).forEach(Output.tell)
        let report = try await steps(plan).report(plan)
        reporter.check(report.checks)
        for finding in report.checks.waived {
            Output.tell("CT \(plan.container): passed over: \(finding.sentence)")
        }
        if let failure = StepFailure(report.checks.failed) { throw failure }
        let estimate = Estimate(of: plan, on: report, bytesPerSecond: try await link.bytesPerSecond())
        for line in estimate.lines { Output.tell("CT \(plan.container): \(line)") }
        if self.mode == .withTrialDump { try await self.tryDump(plan, estimate) }
        Output.conclude("CT \(plan.container): the dry run has passed; nothing was changed")
    }

    /// Other containers' may be at work, and are none of this one's affairs.
    private func isEarlier(_ reference: HandOverReference, of id: ContainerID) throws -> Bool {
        guard let migration = UniqueID(parsing: reference.id) else { return false }
        return try self.server.records.replay(migration, as: SourceMigration.self)?.plan.container == id
    }

    private func assureWanted() throws(StepFailure) {
        if let reason = self.context.interruption.reason { throw reason }
    }

    private func assureUnoccupied(_ id: ContainerID) throws {
        if let holder = ContainerLock.holder(of: id, in: self.node.registry.global) {
            throw StepFailure(.locked, "CT \(id) is held by process \(holder.process) (\(holder.purpose))")
        }
        try self.assureEnded(id)
    }

    private func assureEnded(_ id: ContainerID) throws {
        let unfinished = try self.server.records.openMigrations(as: SourceMigration.self)
        guard let migration = unfinished.first(where: { $0.plan.container == id }) else { return }
        throw StepFailure(
            .locked,
            "migration \(migration.migration.short) of it is \(migration.stateName), and would be ended first; run "
                + "vzmigrate --recover \(id)")
    }

    /// The container stands still for the time of its dump; who dies meanwhile leaves it to the guardian.
    ///
    /// All that was looked at before the lock was had is looked at once more: meanwhile another run may have begun to
    /// move the container, and whoever thaws the original of a hand-over that is decided makes two copies run.
    private func tryDump(_ plan: MigrationPlan, _ estimate: Estimate) async throws {
        guard plan.kind.isOnline else {
            throw StepFailure(.improperContainer, "CT \(plan.container) does not run, so that there is nothing to dump")
        }
        let lock = try await self.context.lockInTurn(plan.container, purpose: "trial dump")
        defer { withExtendedLifetime(lock) {} }
        try self.assureEnded(plan.container)
        try self.run.assureArrived(self.run.container(plan.container))
        let container = try self.node.container(plan.container)
        guard try container.state()?.status == .running else {
            throw StepFailure(.improperContainer, "CT \(plan.container) does not run any more, and is left as it is")
        }
        try self.assureWanted()
        Output.tell(
            "CT \(plan.container): it is frozen now for about \(estimate.dumpMilliseconds) ms, for a trial dump")
        try self.context.watch?.begin()
        let limit = self.context.freezeTimeout ?? .seconds(10)
        let frozen = try await TrialDump(of: container).run(timeout: limit)
        Output.tell(
            "CT \(plan.container): the trial dump has succeeded; the container stood still for "
                + "\(Int(frozen / .milliseconds(1))) ms and goes on")
    }
}
