internal import ContainerRuntime
internal import HostAccess

extension HostedContainer {
    /// Where the images of a checkpoint are on either node: in memory, never on a disk.
    package var imagesDirectory: String { "\(self.runDirectory)/images" }

    /// Dumps a frozen container into `imagesDirectory` and leaves it frozen.
    ///
    /// - Parameter logs: an existing directory that keeps CRIU's log.
    /// - Throws: also where the container did not stay frozen throughout: the images are then worth nothing.
    package func checkpoint(logs: String) throws(HostingError) {
        try HostingError.wrapping(.checkpoint) {
            let freezer = try self.freezer()
            _ = try self.stoppedTasks().wake(notingIn: self.imagesDirectory)
            var options = CheckpointOptions(images: self.imagesDirectory, work: logs)
            options.timeout = .seconds(120)
            let result = Result { try self.runtime.checkpoint(self.runtimeID, options, onServing: nil) }
            let stayedFrozen = try freezer.assureFrozen(timeout: .seconds(10))
            try result.get()
            guard stayedFrozen else {
                throw HostingError(
                    .checkpoint, "CT \(self.id) did not stay frozen during its dump; somebody else thawed it")
            }
        }
    }

    /// Restores the container from `imagesDirectory`, every task stopped and frozen, its network dark.
    ///
    /// - Returns: the tasks that `release` has to let go.
    package func restoreHeld(logs: String) throws(HostingError) -> [Int32] {
        try HostingError.wrapping(.checkpoint) {
            try self.buildDark()
            var options = RestoreOptions(images: self.imagesDirectory, work: logs)
            options.generatedConfiguration = self.trueConfiguration
            try self.runtime.restore(self.runtimeID, bundle: self.area, options)
            return try self.holdRestored()
        }
    }

    /// Creates the container so that only its start is left, and freezes it so that a start by hand fails.
    package func createHeld() throws(HostingError) {
        try HostingError.wrapping(.cannotStart) {
            try self.buildDark()
            try self.runtime.create(self.runtimeID, bundle: self.area, generatedConfiguration: self.trueConfiguration)
            try self.freezer().freeze(timeout: .seconds(10))
        }
    }

    /// Starts a container that `createHeld` has left.
    package func startHeld() throws(HostingError) {
        try HostingError.wrapping(.cannotStart) {
            try self.runtime.freezer(self.runtimeID)?.thaw()
            try self.runtime.start(self.runtimeID)
        }
    }

    /// Which tasks of a held container were not stopped at the dump. Asked again after a crash.
    package func tasksToContinue() throws(HostingError) -> [Int32] {
        try HostingError.wrapping(.checkpoint) {
            let stopped = try CheckpointImages(path: self.imagesDirectory).stoppedProcesses()
            return try self.restoredTasks().processesToContinue(stoppedAtCheckpoint: stopped)
        }
    }

    /// The first instruction of the container on this node runs in here.
    package func release(_ tasks: [Int32]) throws(HostingError) {
        try HostingError.wrapping(.checkpoint) { try self.restoredTasks().release(tasks) }
    }

    private func buildDark() throws {
        if let network = self.network, network.exists {
            throw HostingError(
                .improper,
                "the network namespace \(network.path), which config.json of CT \(self.id) names, exists on this "
                    + "server; another container uses it")
        }
        try self.network?.build()
    }

    private func holdRestored() throws -> [Int32] {
        try self.restoredTasks().assureAllStopped()
        try self.freezer().freeze(timeout: .seconds(10))
        return try self.tasksToContinue()
    }

    private func restoredTasks() throws -> RestoredTasks {
        RestoredTasks(freezer: try self.freezer(), initPid: try self.firstProcess())
    }

    private var trueConfiguration: String { "\(self.area)/\(BundleFence.fenced)" }
}
