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
    func receiver(of plan: DestinationPlan) -> TreeReceiver {
        TreeReceiver(
            root: Array(plan.places.incomingArea.utf8),
            stateDirectory: Array(self.directories(of: plan).areaState.utf8),
            hiding: plan.kind.isCopy ? [] : [Array(BundleFence.configuration.utf8)])
    }

    func imagesReceiver(of plan: DestinationPlan) -> TreeReceiver {
        let directories = self.directories(of: plan)
        return TreeReceiver(
            root: Array(directories.images.utf8), stateDirectory: Array(directories.imagesState.utf8))
    }

    /// Makes the places that an accepted migration receives into.
    func makePlaces(for plan: DestinationPlan) throws {
        let directories = self.directories(of: plan)
        let ours = [directories.areaState, directories.imagesState, directories.logs, directories.images]
        for directory in ours + [plan.places.incomingArea] {
            try DurableFile.makeDirectories(directory, mode: 0o700)
        }
    }

    /// Receives one stream on the descriptors of a bulk session. Blocks until it has ended.
    func receive(
        _ stream: BulkStream, of plan: DestinationPlan, input: FileDescriptor, output: FileDescriptor
    ) throws {
        switch stream {
        case .warmTree, .finalTree: _ = try self.receiver(of: plan).receive(input: input, output: output)
        case .images: _ = try self.imagesReceiver(of: plan).receive(input: input, output: output)
        }
    }
}
