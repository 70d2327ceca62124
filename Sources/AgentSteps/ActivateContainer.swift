internal import ContainerHost
internal import ContainerRuntime
internal import HostAccess
internal import MigrationModel
internal import NodeConfiguration

extension DestinationSteps {
    /// The container is this node's now: it is registered for good, then let go. Every part looks at what there is, so
    /// it may be done again from any point.
    ///
    /// A container that is gone before anything of it ran here is handed back: the original still has its memory. One
    /// that may have run, or that an operator wants here, is started anew, over the disk that is here.
    func activateContainer(_ migration: DestinationMigration) throws -> DestinationEvent {
        let plan = migration.plan
        let configuration = try ArrivalConfiguration(of: plan, on: self.node.registry).configuration
        let container = try HostedContainer(
            configuration: configuration, area: plan.places.privateArea, on: self.node.programs)
        let isGone = try plan.kind.isOnline && !container.isRestored()
        if isGone, !migration.mayHaveRun, migration.decision == nil { return .handedBack(Self.died) }
        try self.node.registry.register(configuration.file, as: plan.container)
        if isGone {
            try BundleFence.lower(area: plan.places.privateArea)
            // One that runs without having been restored is what an earlier attempt has started.
            if try !container.isRunning() {
                try container.discardArrival()
                try container.start()
            }
            return .resumed(isRunning: true, memoryLost: true)
        }
        let isRunning = try self.letGo(container, plan.kind)
        try BundleFence.lower(area: plan.places.privateArea)
        return .resumed(isRunning: isRunning, memoryLost: false)
    }

    private static let died = StepFailure(
        .cannotStart,
        "the restored container was gone when the hand-over came, after a loss of power or on somebody's word, and "
            + "nothing of it ran; it is handed back")

    private func letGo(_ container: HostedContainer, _ kind: MigrationKind) throws -> Bool {
        switch kind {
        case .stopped, .copied, .restarted(starting: false): return false
        case .restarted(starting: true):
            try container.startHeld()
            try container.plug()
        case .online:
            try container.plug()
            try container.releaseHeld()
        }
        try container.announce()
        return true
    }
}
