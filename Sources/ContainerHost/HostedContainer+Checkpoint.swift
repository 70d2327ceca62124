internal import ContainerRuntime

extension HostedContainer {
    /// Where the images of a checkpoint are on either node: in memory, never on a disk.
    package var imagesDirectory: String { "\(self.runDirectory)/images" }

    /// Ends what an earlier process of ours has left of a checkpoint or a restore, so that nobody but the caller acts
    /// on the container. Has to come before anything that undoes the one or the other.
    /// The logs are those that the checkpoint or restore was given.
    package static func endLeftovers(logs: String) throws(HostingError) {
        try HostingError.wrapping(.system) { try LeftoverPrograms(work: logs).end(patience: .seconds(5)) }
    }

    /// What its processes have in memory.
    package func residentBytes() throws(HostingError) -> UInt64 {
        try HostingError.wrapping(.system) { try self.freezer().residentBytes() }
    }

    /// What of it CRIU could not take along, as far as that can be seen: a sentence each. Changes nothing.
    package func dumpObstacles() throws(HostingError) -> [String] {
        try HostingError.wrapping(.system) {
            try DumpObstacles(freezer: self.freezer(), initPid: self.firstProcess()).find()
        }
    }

    /// What of it could not be restored elsewhere over the same files and be taken back: a sentence each.
    package func sharedFileObstacles() throws(HostingError) -> [String] {
        try HostingError.wrapping(.system) {
            try SharedFileObstacles(freezer: self.freezer(), initPid: self.firstProcess(), area: self.area).find()
        }
    }

    /// Dumps a frozen container into `imagesDirectory`, all but its pages, and leaves it frozen. What describes the
    /// pages is set aside, for `dumpedMemory`.
    ///
    /// Where the runtime can, CRIU is told to dump lazily: it then reads no memory, which is the most of its time, and
    /// says which pages there are. They are read from the frozen processes themselves.
    ///
    /// - Parameters:
    ///   - logs: an existing directory that keeps CRIU's log.
    ///   - timeout: after which CRIU is ended, and the dump has failed.
    ///   - whenDumped: called when all images are whole; CRIU still has to end.
    /// - Throws: also where the container did not stay frozen throughout: the images are then worth nothing.
    package func checkpoint(
        logs: String, timeout: Duration, whenDumped: @escaping @Sendable () -> Void
    ) throws(HostingError) {
        try HostingError.wrapping(.checkpoint) {
            let freezer = try self.freezer()
            _ = try self.stoppedTasks().wake(notingIn: self.imagesDirectory)
            var options = CheckpointOptions(images: self.imagesDirectory, work: logs)
            options.timeout = timeout
            options.leavesPages = UserFaults.areThere && self.runtime.leavesPages
            let result = Result {
                try self.runtime.checkpoint(self.runtimeID, options) {
                    // CRIU has thawed the group and holds the tasks itself; it goes away soon.
                    try freezer.freeze(timeout: .seconds(10))
                    try self.assureAllAreDumped()
                    try self.setDumpAside()
                    whenDumped()
                }
            }
            let stayedFrozen = try freezer.assureFrozen(timeout: .seconds(10))
            try result.get()
            guard stayedFrozen else {
                throw HostingError(
                    .checkpoint, "CT \(self.id) did not stay frozen during its dump; somebody else thawed it")
            }
        }
    }
}
