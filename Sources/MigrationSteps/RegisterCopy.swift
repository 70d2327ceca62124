internal import AgentProtocol
internal import MigrationModel

extension SourceSteps {
    /// The copy is registered; the destination forgets what only the migration needed, and so does this node.
    func registerCopy(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        try await self.endMigration(plan)
        return .copyRegistered
    }

    /// Removes what only the migration needed, on both nodes.
    func endMigration(_ plan: MigrationPlan) async throws(StepFailure) {
        let site = self.site
        try await self.onThisNode(.system, "remove directories") {
            try site.removeDirectories(withLogs: true, withIndex: true)
        }
        do {
            _ = try await self.link.request(.complete(plan.reference), interruption: nil)
        } catch {
            // The container is where it belongs on both nodes; the destination hears the end with the next greeting.
            self.session.say("CT \(plan.container): the destination was not told that all is done: \(error.message)")
        }
    }
}
