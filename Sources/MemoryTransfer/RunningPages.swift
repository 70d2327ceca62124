internal import FrameStream
internal import Glibc
internal import HostAccess

/// The pages of a process that runs: what is read may be torn, and what is gone by then is left out.
final class RunningPages: PageSource {
    /// The pages of a round go into an image that is named like its process.
    var pagesID: UInt32 { self.memory.number }
    let memory: MemoryProcess
    private let file: OwnedDescriptor
    private var runs: [PageRun]

    /// - Parameters:
    ///   - process: whose pages.
    ///   - runs: what it had at the beginning of the round, in ascending order.
    /// - Throws: where it lives and its memory cannot be opened; where it has ended, this is `nil`.
    init?(_ process: MemoryProcess, _ runs: [PageRun]) throws(TransferError) {
        guard let file = try process.open("mem") else { return nil }
        self.memory = process
        self.file = file
        self.runs = runs.reversed()
    }

    /// What a process has now, and in which frames; nothing where it has ended.
    ///
    /// - Parameters:
    ///   - process: one that runs, or stands still where the kernel is going to watch it.
    ///   - before: the frames at the look since which the kernel watches it; `nil` where it does not.
    ///   - watch: ends it from another thread.
    /// - Returns: all of its pages, in ascending order.
    /// - Throws: where it cannot be looked at.
    static func look(
        at process: MemoryProcess, before: PageFrames?, watch: PassWatch
    ) throws(TransferError) -> (runs: [PageRun], frames: PageFrames) {
        var runs: [PageRun] = []
        guard let mappings = try MemoryMappings(of: process),
            let pagemap = try KernelPagemap(of: process, mappings.ranges, before: before)
        else { return (runs, PageFrames()) }
        while let run = try pagemap.next() {
            try watch.check()
            runs.append(run)
        }
        // The kernel writes what it reads from a disk without marking the page.
        return (runs, mappings.isReadInto ? PageFrames() : pagemap.frames)
    }

    func next() -> PageRun? { self.runs.popLast() }

    func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(TransferError) -> Int {
        // Not process_vm_readv(2): where somebody handles the container's page faults, and does not, it waits for ever.
        let count = pread(self.file.number, buffer.baseAddress, buffer.count, off_t(bitPattern: UInt(address)))
        return max(0, count) / PageHash.pageSize * PageHash.pageSize
    }
}
