internal import CLinux
internal import Glibc
internal import Host
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
    /// The number of the frame, or the place in the swap; 0 for whoever may not know it.
    private static let frame: UInt64 = (1 << 55) - 1
    private static let windowPages = 4096

    private enum PageState {
        /// There is no page of the process's own.
        case absent
        case unchanged
        case changed
    }

    /// The frames of the pages that were given out so far.
    private(set) var frames = PageFrames()
    private let process: MemoryProcess
    private let file: OwnedDescriptor
    private var before: PageFrames?
    private let takesAll: Bool
    private var ranges: [Range<UInt64>]
    private var words = [UInt64](repeating: 0, count: windowPages)
    /// What was read of the first range and not yet given out.
    private var window: ArraySlice<PageState> = []
    private var address: UInt64 = 0

    /// - Parameters:
    ///   - process: whose pages.
    ///   - ranges: addresses to look at, ascending.
    ///   - before: the frames at the look since which the kernel watches the process, so that a page that was not
    ///     written to is told apart; `nil` where it does not.
    ///   - takesAll: gives out every page of the ranges; one that is not there may have changed.
    /// - Throws: where the process has not ended and cannot be looked at; where it has, this is `nil`.
    init?(
        of process: MemoryProcess, _ ranges: [Range<UInt64>], before: PageFrames?, takesAll: Bool = false
    ) throws(TransferError) {
        guard let file = try process.open("pagemap") else { return nil }
        self.process = process
        self.ranges = takesAll ? ranges.reversed() : Self.inhabited(ranges, file.number).reversed()
        self.file = file
        self.before = before
        self.takesAll = takesAll
    }

    /// The parts of ranges where there is anything, as far as the kernel can tell (PAGEMAP_SCAN, since 6.7): of what is
    /// only reserved it would have to be asked page by page.
    private static func inhabited(_ ranges: [Range<UInt64>], _ file: Int32) -> [Range<UInt64>] {
        var found: [Range<UInt64>] = []
        var regions = [vz_region](repeating: vz_region(), count: 512)
        for range in ranges {
            var start = range.lowerBound
            while start < range.upperBound {
                let count = vz_present_regions(file, &start, range.upperBound, &regions, regions.count)
                guard count >= 0 else {
                    found.append(start..<range.upperBound)
                    break
                }
                found += regions.prefix(Int(count)).map { $0.start..<$0.end }
            }
        }
        return found
    }

    /// The next run of pages that are there; `nil` at the end.
    func next() throws(TransferError) -> PageRun? {
        while true {
            while let state = self.window.first {
                let count = self.window.prefix { $0 == state }.count
                let run = PageRun(address: self.address, pageCount: UInt64(count), mayHaveChanged: state == .changed)
                self.window.removeFirst(count)
                self.address = run.end
                if state != .absent { return run }
            }
            guard try self.readWindow() else { return nil }
        }
    }

    /// - Returns: false behind the last range.
    private func readWindow() throws(TransferError) -> Bool {
        guard let range = self.ranges.popLast() else { return false }
        let size = UInt64(PageHash.pageSize)
        let pages = min((range.upperBound - range.lowerBound) / size, UInt64(Self.windowPages))
        let count = pread(self.file.number, &self.words, Int(pages) * 8, off_t(range.lowerBound / size * 8))
        guard count >= 8 else {
            let code = count < 0 ? Errno.last : .noSuchProcess
            guard code == .noSuchProcess else { throw self.process.failure(code, "read pagemap") }
            // It has ended. Pages that have to be there must not be left out without a word.
            guard !self.takesAll else {
                throw TransferError(
                    .sourceChanged, operation: "read pagemap", detail: "process \(self.process.pid) has ended")
            }
            self.ranges = []
            return false
        }
        self.address = range.lowerBound
        self.window = []
        for index in 0..<count / 8 {
            self.window.append(self.state(self.words[index], range.lowerBound + UInt64(index) * size))
        }
        let rest = range.lowerBound + UInt64(count / 8) * size..<range.upperBound
        if !rest.isEmpty { self.ranges.append(rest) }
        return true
    }

    private func state(_ word: UInt64, _ address: UInt64) -> PageState {
        guard word & (Self.present | Self.swapped) != 0, word & Self.shared == 0 else {
            return self.takesAll ? .changed : .absent
        }
        let frame = word & Self.frame
        self.frames.append(address, frame)
        guard frame != 0, word & Self.softDirty == 0, self.before?.find(address) == frame else { return .changed }
        return .unchanged
    }
}
