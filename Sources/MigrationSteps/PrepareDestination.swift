internal import AgentProtocol
internal import MigrationEngine
internal import MigrationModel

extension SourceSteps {
    /// The destination verifies both digests, restores the container without letting it run, and votes.
    func prepareDestination(_ migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        guard let dump = migration.expectedDump else { throw StepFailure(.system, "nothing was synced or dumped") }
        let expected = ExpectedContent(
            treeDigest: dump.treeDigest, imagesDigest: dump.imagesDigest, memoryDigest: dump.memoryDigest)
        if migration.plan.kind.isLazy { try await self.offerPages(migration.plan) }
        let start = self.session.environment.now
        _ = try await self.order(.prepare(migration.plan.reference, expected))
        self.session.note("restore", since: start)
        return .destinationPrepared
    }
}
