internal import AgentProtocol
internal import ContainerHost
internal import ContainerRuntime
internal import HostAccess
internal import MigrationModel
internal import NodeConfiguration
internal import SystemPackage
internal import TreeSync

extension HostedArrival {
    /// The private area's receiver: the fence's file is none of the tree's.
    var receiver: TreeReceiver {
        TreeReceiver(
            root: Array(self.plan.places.incomingArea.utf8), stateDirectory: Array(self.directories.areaState.utf8),
            hiding: self.plan.kind.isCopy ? [] : [Array(BundleFence.configuration.utf8)])
    }

    var imagesReceiver: TreeReceiver {
        TreeReceiver(
            root: Array(self.directories.images.utf8), stateDirectory: Array(self.directories.imagesState.utf8))
    }

    func makePlaces() throws {
        let directories = self.directories
        let ours = [directories.areaState, directories.imagesState, directories.logs, directories.images]
        for directory in ours + [self.plan.places.incomingArea] {
            try DurableFile.makeDirectories(directory, mode: 0o700)
        }
    }

    func hasForeignArea() -> Bool { self.hasIncoming() && !DurableFile.exists(self.directories.areaState) }

    /// Receives one stream on the descriptors of a bulk session. Blocks until it has ended.
    func receive(_ stream: BulkStream, input: FileDescriptor, output: FileDescriptor) throws {
        switch stream {
        case .warmTree, .finalTree: _ = try self.receiver.receive(input: input, output: output)
        case .images: _ = try self.imagesReceiver.receive(input: input, output: output)
        }
    }
}
