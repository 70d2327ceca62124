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
        return try await self.onThisNode(.system, "give CT \(plan.container) back") {
            let keptMemory = try plan.kind.isCopy || Self.giveBack(migration, on: node)
            try WorkDirectories(node: node, plan: plan).remove(
                withLogs: wantsNoLogs, withIndex: !plan.keepsDestination)
            return .sourceRestored(memoryLost: plan.kind.isOnline && !keptMemory)
        }
    }

    /// Whether the processes are those that ran when the migration began.
    private static func giveBack(_ migration: SourceMigration, on node: SourceNode) throws -> Bool {
        let plan = migration.plan
        try HostedContainer.endLeftovers(logs: node.logDirectory(of: plan.migration))
        let container = try node.container(plan.container)
        // First of all: a thaw takes milliseconds, and every other deed a flush of the disk.
        let isAlive = try container.isAlive()
        if plan.kind.isOnline, isAlive { try container.thaw() }
        try BundleFence.lower(area: plan.places.privateArea)
        if !plan.wasDisabled { try node.registry.edit(plan.container) { $0.remove("DISABLED") } }
        guard plan.kind.runsAtFirst else { return true }
        try Self.finishStop(of: container, migration)
        try container.isAlive() ? container.reconnect() : container.start()
        return isAlive
    }

    /// A stop whose process was killed may have sent its signal: the container is about to end, and is not to be taken
    /// for one that runs. So is one that a roll-back before this one only half started.
    private static func finishStop(of container: HostedContainer, _ migration: SourceMigration) throws {
        guard case .restarted = migration.plan.kind else { return }
        let mayBeStopping = migration.freezeBegan && migration.failure?.status == .terminated
        let isHalfStarted = try container.state()?.status == .created
        guard try container.isAlive(), mayBeStopping || isHalfStarted else { return }
        try container.stop(timeout: .seconds(60))
    }
}
