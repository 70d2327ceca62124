internal import FrameStream

/// The pages of a process that runs: what is read may be torn, and what is gone by then is left out.
final class RunningPages: PageSource {
    /// The pages of a round go into an image that is named like its process.
    var pagesID: UInt32 { self.memory.number }
    let memory: MemoryProcess
    private var runs: [PageRun]

    /// - Parameters:
    ///   - process: whose pages.
    ///   - runs: what it had at the beginning of the round, in ascending order.
    init(_ process: MemoryProcess, _ runs: [PageRun]) {
        self.memory = process
        self.runs = runs.reversed()
    }

    /// What a process has now, and in which frames; nothing where it has ended.
    ///
    /// - Parameters:
    ///   - process: one that runs, or stands still where the kernel is going to watch it.
    ///   - before: the frames at the look since which the kernel watches it; `nil` where it does not.
    /// - Returns: all of its pages, in ascending order.
    /// - Throws: where it cannot be looked at.
    static func look(
        at process: MemoryProcess, before: PageFrames?
    ) throws(TransferError) -> (runs: [PageRun], frames: PageFrames) {
        var runs: [PageRun] = []
        guard let mappings = try MemoryMappings(of: process),
            let pagemap = try KernelPagemap(of: process, mappings.ranges, before: before)
        else { return (runs, PageFrames()) }
        while let run = try pagemap.next() { runs.append(run) }
        return (runs, pagemap.frames)
    }

    func next() -> PageRun? { self.runs.popLast() }

    func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(TransferError) -> Int {
        try self.memory.read(address, into: buffer)
    }
}
