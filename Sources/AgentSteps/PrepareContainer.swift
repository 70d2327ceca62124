internal import AgentProtocol
internal import ContainerHost
internal import ContainerIdentity
internal import ContainerRuntime
internal import HostAccess
internal import MigrationModel
internal import NodeConfiguration
internal import TreeSync

extension DestinationSteps {
    /// Verifies what arrived, gives the area its final name, and brings the container as far as it goes without letting
    /// it run. What it returns is this node's vote: from then on only the source decides.
    func prepareContainer(_ plan: DestinationPlan) throws -> DestinationEvent {
        try self.directories(of: plan).area.endReceptions()
        let dump = try self.verifiedContent(plan)
        let area = plan.places.privateArea
        if plan.kind.isCopy {
            // Its original is not fenced; on the way the copy is, so that it is known to be ours.
            try BundleFence.raise(
                area: plan.places.incomingArea, containerID: plan.container.description,
                holder: plan.migration.description, agentPath: self.node.programs.agent)
        } else {
            try BundleFence.ensureRaisedFromFencedOnly(
                area: plan.places.incomingArea, containerID: plan.container.description,
                holder: plan.migration.description, agentPath: self.node.programs.agent)
        }
        try self.receiver(of: plan).makeDurable()
        try DurableFile.rename(plan.places.incomingArea, to: area)
        let configuration = try ArrivalConfiguration(of: plan, on: self.node.registry).configuration
        let container = try HostedContainer(configuration: configuration, area: area, on: self.node.programs)
        switch plan.kind {
        case .stopped, .copied, .restarted(starting: false): break
        case .restarted(starting: true): try container.createHeld()
        case .online: try container.restoreHeld(logs: self.directories(of: plan).logs)
        }
        return .prepared(dump)
    }

    /// Both digests, taken from what is on this node, have to be those that the source has.
    private func verifiedContent(_ plan: DestinationPlan) throws -> ContainerDump {
        guard let expected = self.expected else { throw StepFailure(.protocolViolated, "nothing is expected here") }
        let tree = try "\(self.receiver(of: plan).treeDigest().digest.hex)"
        guard tree == expected.treeDigest else {
            throw StepFailure(
                .copyFailed, "the private area here has the digest \(tree), not \(expected.treeDigest) as at the source"
            )
        }
        guard let wanted = expected.imagesDigest else {
            return ContainerDump(treeDigest: tree, imagesDigest: nil, parts: [])
        }
        let images = try "\(self.imagesReceiver(of: plan).treeDigest().digest.hex)"
        guard images == wanted else {
            throw StepFailure(.copyFailed, "the images here have the digest \(images), not \(wanted) as at the source")
        }
        return ContainerDump(treeDigest: tree, imagesDigest: images, parts: [])
    }
}
