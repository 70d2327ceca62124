package import ContainerHost
internal import ContainerRuntime
package import FrameStream
internal import MigrationModel
internal import TreeSync

extension HostedDeparture {
    private var sharedArea: SharedArea { SharedArea(self.plan.places.privateArea) }

    package func areaSight() throws -> String {
        guard let sight = self.sharedArea.sight else {
            throw StepFailure(
                .improperContainer, "\(self.plan.places.privateArea) of CT \(self.plan.container) cannot be looked at")
        }
        return sight
    }

    package func placeProbe() throws -> PlacedProbe {
        guard !self.sharedArea.isMountPoint else {
            throw StepFailure(
                .notSharedStorage,
                "\(self.plan.places.privateArea) looks like the one at the destination and is mounted by itself, so "
                    + "that nothing can prove that the two are one; share and mount the directory that holds the "
                    + "private areas")
        }
        return try self.sharedArea.placeProbe()
    }

    package func sharedTree(isStill: Bool, cancellation: TransferControl) throws -> SharedTreeReport {
        let tree = SharedTree(
            root: Array(self.plan.places.privateArea.utf8), spillDirectory: Array(self.directories.areaState.utf8),
            cancellation: cancellation)
        // What was bound or locked since the checks is found now, while nothing runs and nothing is restored yet.
        if isStill { try self.checkSharedFiles() }
        try tree.flush()
        let digest = try tree.digest(isStill: isStill)
        return SharedTreeReport(entries: digest.files + digest.directories, digest: digest.digest.hex)
    }

    /// What could not be taken back from a restored copy over the same files.
    func checkSharedFiles() throws {
        guard self.plan.sharesStorage, self.plan.kind.isOnline else { return }
        let obstacles = try self.container().sharedFileObstacles()
        guard obstacles.isEmpty else {
            throw StepFailure(
                .liveMigrationFailed,
                "it cannot be moved with its memory over storage that is shared: \(obstacles.joined(separator: "; "))")
        }
    }
}
