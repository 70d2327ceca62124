internal import FrameStream
internal import Glibc
internal import HostAccess
internal import SystemPackage

/// Which pages of a process are its own, and which were written to since the kernel was told to watch.
///
/// See: the kernel's admin-guide/mm/pagemap.rst and admin-guide/mm/soft-dirty.rst.
final class KernelPagemap {
    private static let present: UInt64 = 1 << 63
    private static let swapped: UInt64 = 1 << 62
    /// A page of a file, or of shared memory.
    private static let shared: UInt64 = 1 << 61
    private static let softDirty: UInt64 = 1 << 55
    private static let windowPages = 4096

    private let process: MemoryProcess
    private let file: OwnedDescriptor
    private let tracksWrites: Bool
    private let takesAll: Bool
    private var ranges: [Range<UInt64>]
    private var words = [UInt64](repeating: 0, count: windowPages)
    /// What was read of the first range and not yet given out.
    private var window: ArraySlice<UInt64> = []
    private var address: UInt64 = 0

    /// - Parameters:
    ///   - process: whose pages.
    ///   - ranges: addresses to look at, ascending.
    ///   - tracksWrites: whether the kernel watches the process, so that a page that was not written to is told apart.
    ///   - takesAll: gives out every page of the ranges; one that is not there may have changed.
    /// - Returns: `nil` where the process has ended.
    init?(
        of process: MemoryProcess, _ ranges: [Range<UInt64>], tracksWrites: Bool, takesAll: Bool = false
    ) throws(TransferError) {
        guard let file = try process.open("pagemap") else { return nil }
        self.process = process
        self.file = file
        self.ranges = ranges.reversed()
        self.tracksWrites = tracksWrites
        self.takesAll = takesAll
    }

    /// The next run of pages that are there; `nil` at the end.
    func next() throws(TransferError) -> PageRun? {
        while true {
            while let word = self.window.first {
                if let run = self.run(startingWith: word) { return run }
            }
            guard try self.readWindow() else { return nil }
        }
    }

    /// Takes the first words of the window: a run of pages alike, or one that is not there.
    private func run(startingWith word: UInt64) -> PageRun? {
        let changed = self.mayHaveChanged(word)
        guard let changed else {
            self.window.removeFirst()
            self.address += UInt64(PageHash.pageSize)
            return nil
        }
        let count = self.window.prefix { self.mayHaveChanged($0) == changed }.count
        defer {
            self.window.removeFirst(count)
            self.address += UInt64(count * PageHash.pageSize)
        }
        return PageRun(address: self.address, pageCount: UInt64(count), mayHaveChanged: changed)
    }

    /// `nil` where there is no page of the process's own.
    private func mayHaveChanged(_ word: UInt64) -> Bool? {
        guard word & (Self.present | Self.swapped) != 0, word & Self.shared == 0 else {
            return self.takesAll ? true : nil
        }
        return !self.tracksWrites || word & Self.softDirty != 0
    }

    /// - Returns: false behind the last range.
    private func readWindow() throws(TransferError) -> Bool {
        guard let range = self.ranges.popLast() else { return false }
        let size = UInt64(PageHash.pageSize)
        let pages = min((range.upperBound - range.lowerBound) / size, UInt64(Self.windowPages))
        let count = pread(self.file.number, &self.words, Int(pages) * 8, off_t(range.lowerBound / size * 8))
        guard count >= 0 else {
            if Errno.last == .noSuchProcess { return false }
            throw self.process.failure(Errno.last, "read pagemap")
        }
        let read = count / 8
        guard read > 0 else { return true }
        self.window = self.words.prefix(read)
        self.address = range.lowerBound
        let rest = range.lowerBound + UInt64(read) * size..<range.upperBound
        if !rest.isEmpty { self.ranges.append(rest) }
        return true
    }
}
