internal import AgentProtocol
package import MigrationEngine
package import MigrationModel

/// The source's side of the one door: every step of a migration, carried out on this node and, in frames, on the other.
///
/// One file a step, named like it.
package struct SourceSteps: StepPerformer {
    package typealias Machine = SourceMigration

    let site: any DepartureSite
    let records: any MigrationRecords
    let link: any DestinationLink
    let session: MigrationSession

    /// - Parameters:
    ///   - site: this node, as the container leaves it.
    ///   - records: this node's journal.
    ///   - link: the way to the other node.
    ///   - session: what this run knows of the migration beside its journal.
    package init(
        site: any DepartureSite, records: any MigrationRecords, link: any DestinationLink, session: MigrationSession
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
        case .restoreSource: try await self.restoreSource(migration)
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
        case .deliverCommit, .servePages, .releaseSource, .registerCopy, .restoreSource, .deliverAbort: nil
        }
    }
}

extension MigrationPlan {
    var reference: HandOverReference { HandOverReference(id: self.migration.description, epoch: self.epoch) }
}
