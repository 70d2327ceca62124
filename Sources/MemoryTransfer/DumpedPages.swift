internal import CLinux
internal import CriuImages
internal import FrameStream
internal import Glibc
internal import HostAccess
internal import SystemPackage

/// The pages of a process that was dumped and stands still: CRIU says which they are. Some CRIU has written into the
/// images, the others are read from the process itself.
final class DumpedPages: PageSource {
    let pagesID: UInt32
    let memory: MemoryProcess
    private let pages: OwnedDescriptor
    private let bypass: OwnedDescriptor
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
        guard let bypass = try process.open("mem") else {
            throw TransferError(.sourceChanged, operation: "open the memory of process \(process.pid)")
        }
        self.memory = process
        self.bypass = bypass
        self.before = before
    }

    func next() throws(TransferError) -> PageRun? {
        if let run = try self.unwritten?.next() { return run }
        self.unwritten = nil
        guard let run = self.runs.popLast() else { return nil }
        self.current = run
        self.offset = self.nextOffset
        switch run.place {
        case .present: self.nextOffset += run.pageCount * UInt64(PageHash.pageSize)
        case .parent: throw TransferError(.undecodable, operation: "dump", detail: "a parent is named that is not ours")
        case .process:
            // Of what the process still holds, the kernel may know what was not written to.
            if let before = self.before {
                self.unwritten = try KernelPagemap(
                    of: self.memory, [run.address..<run.end], before: before, takesAll: true)
                return try self.next()
            }
        }
        return PageRun(address: run.address, pageCount: run.pageCount)
    }

    func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(TransferError) -> Int {
        guard let current else { return 0 }
        if current.place == .present {
            let place = self.offset + (address - current.address)
            try self.fill(buffer, self.pages.number, place, "read a page of the dump")
            return buffer.count
        }
        let count = try self.memory.read(address, into: buffer)
        if count > 0 { return count }
        // A page that the process itself may not read.
        let page = UnsafeMutableRawBufferPointer(rebasing: buffer[..<PageHash.pageSize])
        try self.fill(page, self.bypass.number, address, "read a page of process \(self.memory.pid)")
        return page.count
    }

    private func fill(
        _ buffer: UnsafeMutableRawBufferPointer, _ file: Int32, _ offset: UInt64, _ deed: String
    ) throws(TransferError) {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = pread(file, rest.baseAddress, rest.count, off_t(bitPattern: UInt(offset) + UInt(done)))
            guard count > 0 else {
                throw TransferError(.sourceChanged, operation: deed, code: count < 0 ? Errno.last : nil)
            }
            done += count
        }
    }
}
