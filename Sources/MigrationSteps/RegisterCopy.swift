internal import AgentProtocol
internal import MigrationModel

extension SourceSteps {
    /// Has the destination register the copy. There is no hand-over: the source never owned it.
    func registerCopy(_ migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        guard let pass = migration.lastPass else { throw StepFailure(.system, "nothing was synced") }
        let reference = migration.plan.reference
        let expected = ExpectedContent(treeDigest: pass.digest, imagesDigest: nil)
        _ = try await self.link.request(.prepare(reference, expected))
        _ = try await self.link.request(.commit(reference))
        _ = try await self.link.request(.complete(reference))
        let directories = WorkDirectories(node: self.node, plan: migration.plan)
        try await self.onThisNode(.system, "remove directories") { try directories.remove(withLogs: true) }
        return .copyRegistered
    }
}
