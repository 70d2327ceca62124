internal import AgentProtocol
internal import ContainerHost
internal import ContainerIdentity
internal import ContainerRuntime
internal import HostAccess
internal import MigrationModel
internal import NodeConfiguration

extension SourceSteps {
    /// Ends the frozen original, and renames or removes what is left of it. May be done again from any point.
    func releaseSource(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let node = self.node
        try await self.onThisNode(.system, "clear CT \(plan.container) away") {
            // What is in place after a later migration of the same container is that one's, and none of ours.
            guard try node.highestEpoch(of: plan.identity) == plan.epoch else { return }
            // Once its configuration has gone the container is cleared away as far as the area, which goes first.
            if node.registry.isRegistered(plan.container) { try Self.clear(plan, on: node) }
        }
        try await self.endMigration(plan)
        return .sourceReleased
    }

    private static func clear(_ plan: MigrationPlan, on node: SourceNode) throws {
        let area = plan.places.privateArea
        if DurableFile.exists(area) { try node.container(plan.container).destroy() }
        if plan.removesArea {
            // Under another name first: half of an area must never be taken for the container.
            let condemned = "\(area).removing"
            if DurableFile.exists(area) { try DurableFile.rename(area, to: condemned) }
            try AreaRemoval.remove(condemned)
            try node.registry.unregister(plan.container)
        } else {
            try node.registry.archivePrivateArea(area)
            // Only now: at no instant is there an unfenced bundle in the container's own place. The archive is what the
            // container was, and its configuration keeps DISABLED.
            try BundleFence.lower(area: NodeLayout.migrated(area))
            try node.registry.archiveConfiguration(of: plan.container)
        }
    }
}
