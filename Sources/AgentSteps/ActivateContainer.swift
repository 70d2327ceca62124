internal import ContainerHost
internal import ContainerRuntime
internal import HostAccess
internal import MigrationModel
internal import NodeConfiguration

extension DestinationSteps {
    /// The container is this node's now: it is let go first, then registered for good. Every part looks at what there
    /// is, so it may be done again from any point.
    func activateContainer(_ plan: DestinationPlan) throws -> DestinationEvent {
        let configuration = try ArrivalConfiguration(of: plan, on: self.node.registry).configuration
        try self.node.registry.register(configuration.file, as: plan.container)
        let container = try HostedContainer(
            configuration: configuration, area: plan.places.privateArea, on: self.node.programs)
        let isRunning = try self.letGo(container, plan.kind)
        try BundleFence.lower(area: plan.places.privateArea)
        return .resumed(isRunning: isRunning)
    }

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
