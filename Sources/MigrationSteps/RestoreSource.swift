internal import ContainerHost
internal import ContainerIdentity
internal import ContainerRuntime
internal import HostAccess
internal import MigrationModel
internal import NodeConfiguration

extension SourceSteps {
    /// Gives the container back what it had when the migration began: frozen it is thawed, gone it is started, stopped
    /// it stays so; only a fence that we set is lowered. Looks at what there is, so it may be repeated from any point.
    func restoreSource(_ migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        let (node, plan) = (self.node, migration.plan)
        // CRIU's words are for whoever wants to know why it could not.
        let wantsNoLogs = migration.failure?.status != .liveMigrationFailed
        try await self.onThisNode(.system, "give CT \(plan.container) back") {
            if !plan.kind.isCopy { try Self.giveBack(plan, on: node) }
            try WorkDirectories(node: node, plan: plan).remove(withLogs: wantsNoLogs)
        }
        return .sourceRestored
    }

    private static func giveBack(_ plan: MigrationPlan, on node: SourceNode) throws {
        try HostedContainer.endLeftovers(logs: node.logDirectory(of: plan.migration))
        let container = try node.container(plan.container)
        // First of all: a thaw takes milliseconds, and every other deed a flush of the disk.
        if plan.kind.isOnline, try container.isAlive() { try container.thaw() }
        try BundleFence.lower(area: plan.places.privateArea)
        if !plan.wasDisabled { try node.registry.edit(plan.container) { $0.remove("DISABLED") } }
        if plan.kind.runsAtFirst, try !container.isAlive() { try container.start() }
    }
}
