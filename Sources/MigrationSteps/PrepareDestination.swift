internal import AgentProtocol
internal import MigrationModel

extension SourceSteps {
    /// The destination verifies both digests, restores the container without letting it run, and votes.
    func prepareDestination(_ migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        guard let dump = migration.expectedDump else { throw StepFailure(.system, "nothing was synced or dumped") }
        let expected = ExpectedContent(treeDigest: dump.treeDigest, imagesDigest: dump.imagesDigest)
        _ = try await self.order(.prepare(migration.plan.reference, expected))
        return .destinationPrepared
    }
}
