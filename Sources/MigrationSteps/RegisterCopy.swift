internal import AgentProtocol
internal import MigrationModel

extension SourceSteps {
    /// The copy is registered; the destination forgets what only the migration needed, and so does this node.
    func registerCopy(_ migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        try await self.endMigration(migration)
        return .copyRegistered
    }

    /// Removes what only the migration needed, on both nodes.
    ///
    /// Of an operator's decision the destination is not told that all is well: with the next greeting it is asked what
    /// it has, and where that is another story both report it.
    func endMigration(_ migration: SourceMigration) async throws(StepFailure) {
        let (site, plan) = (self.site, migration.plan)
        try await self.onThisNode(.system, "remove directories") {
            try site.removeDirectories(withLogs: true, withIndex: true)
        }
        guard migration.decision == nil else { return }
        do throws(StepFailure) {
            try await self.sayComplete(plan)
        } catch {
            // It is fenced there, and may wait for pages that will never come, until it has heard this.
            if plan.kind.isLazy { throw error }
            // The container is where it belongs on both nodes; the destination hears the end with the next greeting.
            self.session.say("CT \(plan.container): the destination was not told that all is done: \(error.message)")
        }
    }

    private func sayComplete(_ plan: MigrationPlan) async throws(StepFailure) {
        do throws(StepFailure) {
            _ = try await self.link.request(.complete(plan.reference), interruption: nil)
        } catch {
            // The conversation may have ended in the time that the rest of the memory took.
            guard plan.kind.isLazy else { throw error }
            _ = try await self.link.request(.complete(plan.reference), interruption: nil)
        }
    }
}
