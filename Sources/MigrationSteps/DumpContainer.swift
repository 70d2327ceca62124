internal import AgentProtocol
internal import MigrationEngine
internal import MigrationModel

extension SourceSteps {
    /// Dumps the frozen container's memory, then sends images and what changed in the files, side by side.
    func dumpContainer(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        var parts: [TimedPart] = []
        let start = self.session.environment.now
        if plan.kind.isOnline {
            let (site, session) = (self.site, self.session)
            try await self.onThisNode(.liveMigrationFailed, "dump CT \(plan.container)") {
                try site.checkpoint(timeout: session.freezeLimit(residentBytes: site.residentBytes()))
            }
            parts.append(
                TimedPart("dump", nanoseconds: start.duration(to: session.environment.now).wholeNanoseconds))
        }
        let (tree, images) = try await self.sendSideBySide(plan)
        parts.append(TimedPart("last file pass", nanoseconds: tree.nanoseconds))
        if let images { parts.append(TimedPart("images", nanoseconds: images.nanoseconds)) }
        return .containerDumped(
            ContainerDump(treeDigest: tree.digest, imagesDigest: images?.digest, parts: parts))
    }

    private func sendSideBySide(_ plan: MigrationPlan) async throws(StepFailure) -> (SyncedTree, SyncedTree?) {
        guard plan.kind.isOnline else { return (try await self.send(.finalTree, plan), nil) }
        async let images = self.send(.images, plan)
        let tree = try await self.send(.finalTree, plan)
        do {
            return (tree, try await images)
        } catch {
            throw (error as? StepFailure) ?? StepFailure(.copyFailed, "\(error)")
        }
    }
}
