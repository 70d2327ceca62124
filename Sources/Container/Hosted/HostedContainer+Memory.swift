internal import Glibc
internal import Host
package import Transfer

/// Its memory, as its processes have it.
extension HostedContainer {
    /// Where a dump's description of the pages is, and those that CRIU wrote itself. In memory.
    private var dumpDirectory: String { "\(self.runDirectory)/pages" }

    /// The memory of the processes that it has now.
    package func memory() throws(HostingError) -> OutgoingMemory {
        OutgoingMemory(processes: try self.processes())
    }

    /// The memory of the processes that were dumped.
    ///
    /// - Parameter follows: whether what the destination does not hold is fetched later.
    /// - Returns: its processes, and where the dump describes their pages.
    /// - Throws: where one of them is gone.
    package func dumpedMemory(follows: Bool) throws(HostingError) -> OutgoingMemory {
        let processes = Dictionary(try self.processes().map { ($0.number, $0) }) { first, _ in first }
        let numbers = try HostingError.wrapping(.checkpoint) {
            try DurableFile.names(in: self.dumpDirectory).compactMap { PagemapImage.process(ofImage: $0) }
        }
        return OutgoingMemory(
            processes: try numbers.map { number throws(HostingError) in
                guard let process = processes[number] else {
                    throw HostingError(.checkpoint, "process \(number) of CT \(self.id) was dumped and is gone")
                }
                return process
            }, images: self.dumpDirectory, follows: follows)
    }

    /// Runs `body` while no task of the container runs.
    ///
    /// - Returns: how long that was.
    package func holding(_ body: () throws -> Void) throws(HostingError) -> Duration {
        try HostingError.wrapping(.checkpoint) {
            let freezer = try self.freezer()
            let start = ContinuousClock.now
            let result = Result {
                try freezer.freeze(timeout: .seconds(10))
                try body()
            }
            try freezer.thaw()
            try result.get()
            return start.duration(to: .now)
        }
    }

    /// CRIU dumps the tree below the first process, and nobody who was brought into the container from outside.
    func assureAllAreDumped() throws {
        for process in try self.processes() {
            guard DurableFile.exists("\(self.imagesDirectory)/core-\(process.number).img") else {
                throw HostingError(
                    .checkpoint,
                    "process \(process.pid) was brought into CT \(self.id) from outside (runc exec) and would be "
                        + "missing; end it first")
            }
        }
    }

    /// The pages travel on their own, so what CRIU wrote of them is none of the images that are sent as files.
    func setDumpAside() throws {
        try DurableFile.makeDirectories(self.dumpDirectory, mode: 0o700)
        for name in try DurableFile.names(in: self.imagesDirectory) where PagemapImage.process(ofImage: name) != nil {
            let path = "\(self.imagesDirectory)/\(name)"
            let image = try PagemapImage(parsing: DurableFile.read(path, limit: PagemapImage.sizeLimit))
            try DurableFile.rename(path, to: "\(self.dumpDirectory)/\(name)")
            let pages = PagemapImage.pagesName(image.pagesID)
            try DurableFile.rename("\(self.imagesDirectory)/\(pages)", to: "\(self.dumpDirectory)/\(pages)")
        }
    }

    private func processes() throws(HostingError) -> [MemoryProcess] {
        try HostingError.wrapping(.notRunning) {
            let freezer = try self.freezer()
            let found = try TaskList(freezer: freezer, initPid: self.firstProcess()).processes().compactMap {
                try MemoryProcess(pid: $0.outside, number: UInt32($0.inside))
            }
            // One that has ended before it was held on to may have left its number to somebody else.
            let here = Set(try freezer.processes())
            return found.filter { here.contains($0.pid) }
        }
    }
}

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
