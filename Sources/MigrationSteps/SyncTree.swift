internal import AgentProtocol
internal import ContainerIdentity
internal import MigrationModel

extension SourceSteps {
    /// Copies the private area while the container may change it. A stopped container's first pass is this one too, so
    /// that the last pass has as little to do for it as for any other.
    func syncTree(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let site = self.site
        try await self.onThisNode(.system, "make directories") { try site.makeDirectories() }
        let pass = try await self.send(.warmTree, plan)
        self.session.say(
            "CT \(plan.container): synced \(pass.entries) entries, \(pass.contentBytes) bytes in "
                + "\(pass.nanoseconds / 1_000_000) ms")
        return .treeSynced(pass)
    }

    func send(_ stream: BulkStream, _ plan: MigrationPlan) async throws(StepFailure) -> SyncedTree {
        try await self.link.send(
            stream, self.site.tree(of: stream), of: plan.reference, interruption: self.session.interrupting)
    }
}
