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

    /// What a process has now; nothing where it has ended.
    static func runs(of process: MemoryProcess, tracksWrites: Bool) throws(TransferError) -> [PageRun] {
        var runs: [PageRun] = []
        guard let mappings = try MemoryMappings(of: process),
            let pagemap = try KernelPagemap(of: process, mappings.ranges, tracksWrites: tracksWrites)
        else { return runs }
        while let run = try pagemap.next() { runs.append(run) }
        return runs
    }

    func next() -> PageRun? { self.runs.popLast() }

    func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(TransferError) -> Int {
        try self.memory.read(address, into: buffer)
    }
}
