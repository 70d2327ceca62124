internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// The pages of a process that was dumped and stands still: CRIU says which they are. Some CRIU has written into the
/// images, the others are read from the process itself.
final class DumpedPages: PageSource {
    let pagesID: UInt32
    var memory: MemoryProcess { self.frozen.memory }
    private let frozen: FrozenPages
    private let pages: OwnedDescriptor
    private let before: PageFrames?
    private var runs: [PagemapImage.Run]
    private var current: PagemapImage.Run?
    /// Where the current run's pages are in the pages image.
    private var offset: UInt64 = 0
    private var nextOffset: UInt64 = 0
    private var unwritten: KernelPagemap?

    /// - Parameters:
    ///   - process: whose pages.
    ///   - images: the directory of the dump.
    ///   - before: the frames at the look since which the kernel watches it; `nil` where it does not.
    /// - Throws: where the images or the process cannot be read.
    init(_ process: MemoryProcess, images: String, before: PageFrames?) throws(TransferError) {
        let path = "\(images)/\(PagemapImage.name(ofProcess: process.number))"
        do {
            let image = try PagemapImage(parsing: DurableFile.read(path, limit: PagemapImage.sizeLimit))
            self.pagesID = image.pagesID
            self.runs = image.runs.reversed()
            self.pages = try OwnedDescriptor.checked(
                open("\(images)/\(PagemapImage.pagesName(image.pagesID))", O_RDONLY | O_CLOEXEC))
        } catch {
            throw TransferError(.undecodable, operation: "read \(path)", detail: "\(error)")
        }
        self.frozen = try FrozenPages(process)
        self.before = before
    }

    func next() throws(TransferError) -> PageRun? {
        if var run = try self.unwritten?.next() {
            run.mayFollow = true
            return run
        }
        self.unwritten = nil
        guard let run = self.runs.popLast() else { return nil }
        self.current = run
        self.offset = self.nextOffset
        switch run.place {
        case .present: self.nextOffset += run.pageCount * UInt64(PageHash.pageSize)
        case .parent: throw TransferError(.undecodable, operation: "dump", detail: "a parent is named that is not ours")
        case .process:
            // The kernel may know which of the pages that the process still holds were not written to.
            if let before = self.before {
                self.unwritten = try KernelPagemap(
                    of: self.memory, [run.address..<run.end], before: before, takesAll: true)
                return try self.next()
            }
        }
        var pages = PageRun(address: run.address, pageCount: run.pageCount)
        pages.mayFollow = run.place == .process
        return pages
    }

    func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(TransferError) -> Int {
        guard let current else { return 0 }
        if current.place == .present {
            let place = self.offset + (address - current.address)
            try buffer.fill(from: self.pages.number, at: place, "read a page of the dump")
            return buffer.count
        }
        return try self.frozen.read(address, into: buffer)
    }
}
