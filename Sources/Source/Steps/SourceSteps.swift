internal import Container
package import Engine
package import HandOver
internal import Transfer

/// Carries the source's steps out, here and by orders to the agent. Steps that follow each other share a file.
package struct SourceSteps: StepPerformer {
    package typealias Machine = SourceMigration

    let site: any SourceSite
    let records: any MigrationRecords
    let link: any DestinationLink
    let session: MigrationSession

    /// - Parameters:
    ///   - site: this node, as the container leaves it.
    ///   - records: this node's journal.
    ///   - link: the way to the other node.
    ///   - session: what this run knows of the migration beside its journal.
    package init(
        site: any SourceSite, records: any MigrationRecords, link: any DestinationLink, session: MigrationSession
    ) {
        self.site = site
        self.records = records
        self.link = link
        self.session = session
    }

    package func perform(
        _ step: SourceStep, of migration: SourceMigration
    ) async throws(StepFailure) -> SourceEvent {
        try self.session.checkInterruption(before: step)
        return switch step {
        case .checkNodes: try await self.checkNodes(migration.plan)
        case .openDestination: try await self.openDestination(migration.plan)
        case .raiseFence: try await self.raiseFence(migration.plan)
        case .syncTree: try await self.syncTree(migration.plan)
        case .iterateMemory: try await self.iterateMemory(migration)
        case .freezeContainer: try await self.freezeContainer(migration.plan)
        case .dumpContainer: try await self.dumpContainer(migration.plan)
        case .prepareDestination: try await self.prepareDestination(migration)
        case .decideCommit: try await self.decideCommit(migration.plan)
        case .deliverCommit: try await self.deliverCommit(migration.plan)
        case .servePages: try await self.servePages(migration.plan)
        case .releaseSource: try await self.releaseSource(migration)
        case .registerCopy: try await self.registerCopy(migration)
        case .rollBack: try await self.rollBack(migration)
        case .deliverAbort: try await self.deliverAbort(migration)
        }
    }

    /// Before the commit an earlier process's step is presumed to have come to nothing: the migration is rolled back,
    /// and every undoing looks at what there is. After the commit every step is carried out until it has come through.
    package func observe(
        _ step: SourceStep, of migration: SourceMigration
    ) async throws(StepFailure) -> SourceEvent? {
        switch step {
        case .checkNodes, .openDestination, .raiseFence, .syncTree, .iterateMemory, .freezeContainer,
            .dumpContainer, .prepareDestination, .decideCommit:
            .stepFailed(step, MigrationSession.processEnded)
        case .deliverCommit, .servePages, .releaseSource, .registerCopy, .rollBack, .deliverAbort: nil
        }
    }
}

extension MigrationPlan {
    var reference: HandOverReference { HandOverReference(id: self.migration.description, epoch: self.epoch) }
}

extension SourceSteps {
    /// Sends an order that a signal may cut short: one of before the commit.
    func order(_ request: AgentRequest) async throws(StepFailure) -> AgentAnswer {
        do {
            return try await self.link.request(request, interruption: self.session.interrupting)
        } catch {
            throw self.session.interrupting.reason ?? error
        }
    }

    /// Runs work on this node on a thread of its own; whatever it throws becomes the failure of a step.
    ///
    /// - Parameters:
    ///   - status: for errors that do not say better what they mean.
    ///   - what: as it reads after "could not".
    ///   - work: what is done; it runs once.
    /// - Returns: what the work returned.
    /// - Throws: what the work threw, as an operator reads it.
    func onThisNode<Result: Sendable>(
        _ status: ExitStatus, _ what: String, _ work: @escaping @Sendable () throws -> Result
    ) async throws(StepFailure) -> Result {
        try await self.session.environment.blocking { () throws(StepFailure) in
            do {
                return try work()
            } catch {
                throw StepFailure(error, at: .source, else: status, during: what)
            }
        }
    }
}
