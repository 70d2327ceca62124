internal import AgentProtocol
internal import ContainerHost
internal import ContainerRuntime
internal import HostAccess
internal import MigrationModel
internal import NodeConfiguration
internal import SystemPackage
internal import TreeSync

extension DestinationSteps {
    func directories(of plan: DestinationPlan) -> ArrivalDirectories {
        ArrivalDirectories(node: self.node, plan: plan)
    }

    /// The private area's receiver: the fence's file is none of the tree's.
    func receiver(of plan: DestinationPlan) throws -> TreeReceiver {
        try TreeReceiver(
            root: Array(plan.places.incomingArea.utf8),
            stateDirectory: Array(self.directories(of: plan).area.record.utf8),
            hiding: plan.kind.isCopy ? [] : [Array(BundleFence.configuration.utf8)], base: self.base(of: plan))
    }

    /// What the same container left here when it last moved away. A copy is somebody else.
    private func base(of plan: DestinationPlan) throws -> [UInt8]? {
        guard !plan.kind.isCopy else { return nil }
        return try self.node.registry.migratedArea(withUUID: plan.identity).map { Array($0.utf8) }
    }

    func imagesReceiver(of plan: DestinationPlan) -> TreeReceiver {
        let directories = self.directories(of: plan)
        return TreeReceiver(
            root: Array(directories.images.utf8), stateDirectory: Array(directories.imagesState.utf8))
    }

    /// Makes the places that an accepted migration receives into.
    func makePlaces(for plan: DestinationPlan) throws {
        let directories = self.directories(of: plan)
        try directories.area.endReceptions()
        try directories.area.claim()
        for directory in [directories.imagesState, directories.logs, directories.images] {
            try DurableFile.makeDirectories(directory, mode: 0o700)
        }
    }

    /// Receives one stream on the descriptors of a bulk session. Blocks until it has ended.
    func receive(
        _ stream: BulkStream, of plan: DestinationPlan, input: FileDescriptor, output: FileDescriptor
    ) throws {
        switch stream {
        case .warmTree, .finalTree:
            try self.directories(of: plan).area.receiving {
                // Whoever gave the migration up before this process could be found has not ended it.
                let reference = HandOverReference(id: plan.migration.description, epoch: plan.epoch)
                guard try self.node.migration(reference).state == .accepted else { return }
                _ = try self.receiver(of: plan).receive(input: input, output: output)
            }
        case .images: _ = try self.imagesReceiver(of: plan).receive(input: input, output: output)
        }
    }
}
