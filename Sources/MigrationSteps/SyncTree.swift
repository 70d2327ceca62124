internal import AgentProtocol
internal import ContainerIdentity
internal import MigrationEngine
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
        if plan.sharesStorage, stream != .images { return try await self.lookOver(plan, isStill: stream == .finalTree) }
        return try await self.link.send(
            stream, self.site.tree(of: stream), of: plan.reference, interruption: self.session.interrupting)
    }

    /// The destination has the area already, and sees there what was written when all of it is on the storage: a pass
    /// that sends nothing, so that the last one has as little to bring there as can be.
    private func lookOver(_ plan: MigrationPlan, isStill: Bool) async throws(StepFailure) -> SyncedTree {
        let (site, session, start) = (self.site, self.session, self.session.environment.now)
        do {
            let tree = try await self.onThisNode(.copyFailed, "look over the private area of CT \(plan.container)") {
                try site.sharedTree(isStill: isStill, cancellation: session.cancellation)
            }
            return SyncedTree(
                entries: tree.entries, contentBytes: 0, wireBytes: 0,
                nanoseconds: start.duration(to: session.environment.now).wholeNanoseconds, digest: tree.digest)
        } catch {
            throw session.interrupting.reason ?? error
        }
    }
}
