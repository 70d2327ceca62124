internal import ContainerRuntime
internal import CriuImages
internal import Glibc
internal import HostAccess
package import MemoryTransfer

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
    /// - Returns: how long that was, in nanoseconds.
    package func holding(_ body: () throws -> Void) throws(HostingError) -> UInt64 {
        try HostingError.wrapping(.checkpoint) {
            let freezer = try self.freezer()
            let start = ContinuousClock.now
            let result = Result {
                try freezer.freeze(timeout: .seconds(10))
                try body()
            }
            try freezer.thaw()
            try result.get()
            let held = start.duration(to: .now).components
            return UInt64(held.seconds) * 1_000_000_000 + UInt64(held.attoseconds / 1_000_000_000)
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
