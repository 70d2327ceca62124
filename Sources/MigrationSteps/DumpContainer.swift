internal import AgentProtocol
internal import ContainerHost
internal import MigrationModel

extension SourceSteps {
    /// Dumps the frozen container's memory, then sends images and what changed in the files, side by side.
    func dumpContainer(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        var parts: [TimedPart] = []
        let start = ContinuousClock.now
        if plan.kind.isOnline {
            let (node, logs) = (self.node, WorkDirectories(node: self.node, plan: plan).logs)
            let session = self.session
            try await self.onThisNode(.liveMigrationFailed, "dump CT \(plan.container)") {
                let container = try node.container(plan.container)
                let limit = session.freezeLimit(residentBytes: try container.residentBytes())
                try container.checkpoint(logs: logs, timeout: limit)
            }
            parts.append(TimedPart("dump", nanoseconds: start.duration(to: .now).wholeNanoseconds))
        }
        let (tree, images) = try await self.sendSideBySide(plan)
        parts.append(TimedPart("last file pass", nanoseconds: tree.nanoseconds))
        if let images { parts.append(TimedPart("images", nanoseconds: images.nanoseconds)) }
        return .containerDumped(
            ContainerDump(treeDigest: tree.digest, imagesDigest: images?.digest, parts: parts))
    }

    private func sendSideBySide(_ plan: MigrationPlan) async throws(StepFailure) -> (SyncedTree, SyncedTree?) {
        guard plan.kind.isOnline else { return (try await self.sendTree(.finalTree, plan), nil) }
        async let images = self.sendImages(plan)
        let tree = try await self.sendTree(.finalTree, plan)
        do {
            return (tree, try await images)
        } catch {
            throw (error as? StepFailure) ?? StepFailure(.copyFailed, "\(error)")
        }
    }
}
