internal import Glibc
internal import Host
internal import SystemPackage

/// A run of pages that a process may have.
struct PageRun: Hashable {
    /// Of its first page.
    var address: UInt64
    var pageCount: UInt64
    /// Whether they may be other ones than in the pass before.
    var mayHaveChanged = true
    /// Whether they stay in a process that stands still, from where they can follow later.
    var mayFollow = false

    /// The address after its last page.
    var end: UInt64 { self.address + self.pageCount * UInt64(PageHash.pageSize) }
}

/// Where the pages of one process come from.
protocol PageSource: AnyObject {
    /// Whose pages they are.
    var memory: MemoryProcess { get }
    /// The number of its pages image.
    var pagesID: UInt32 { get }

    /// The next run, in ascending order; `nil` at the end.
    func next() throws(TransferError) -> PageRun?

    /// Reads pages of the run that `next` gave last, in ascending order.
    ///
    /// - Parameters:
    ///   - address: of the first.
    ///   - buffer: takes whole pages.
    /// - Returns: bytes read; fewer than asked for where a page is not there any more, 0 where that is the first one.
    /// - Throws: where a page has to be there and is not.
    func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(TransferError) -> Int
}

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

/// The pages of a process that stands still, read from the process itself.
package final class FrozenPages {
    package let memory: MemoryProcess
    private let bypass: OwnedDescriptor

    /// - Throws: where the process is gone.
    package init(_ process: MemoryProcess) throws(TransferError) {
        guard let bypass = try process.open("mem") else {
            throw TransferError(.sourceChanged, operation: "open the memory of process \(process.pid)")
        }
        self.memory = process
        self.bypass = bypass
    }

    /// Reads pages that are there, one after the other.
    ///
    /// - Parameters:
    ///   - address: of the first.
    ///   - buffer: takes whole pages.
    /// - Returns: bytes read, at least those of the first page.
    /// - Throws: where the first page is not there.
    package func read(
        _ address: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(TransferError) -> Int {
        let count = try self.memory.read(address, into: buffer)
        if count > 0 { return count }
        // A page that the process itself may not read.
        let page = UnsafeMutableRawBufferPointer(rebasing: buffer[..<PageHash.pageSize])
        try page.fill(from: self.bypass.number, at: address, "read a page of process \(self.memory.pid)")
        return page.count
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Fills all of it from a file.
    func fill(from file: Int32, at offset: UInt64, _ deed: String) throws(TransferError) {
        var done = 0
        while done < self.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: self[done...])
            let count = pread(file, rest.baseAddress, rest.count, off_t(bitPattern: UInt(offset) + UInt(done)))
            guard count > 0 else {
                throw TransferError(.sourceChanged, operation: deed, code: count < 0 ? Errno.last : nil)
            }
            done += count
        }
    }
}
