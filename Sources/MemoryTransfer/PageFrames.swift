/// Which frames of this server's memory a process's pages were in at the last look.
///
/// A page that is in another frame now is another page, even where the kernel says that nobody wrote to it: mremap
/// moves whole tables of pages over others and marks none of them, and a process that has got the number of one that
/// ended has pages of its parent's. 8 bytes a page.
struct PageFrames {
    private var starts: [UInt64] = []
    /// Where in `frames` the pages of each run begin.
    private var offsets: [Int] = []
    private var frames: [UInt64] = []
    /// The run that was found last.
    private var current = 0

    /// Adds a page behind all others.
    mutating func append(_ address: UInt64, _ frame: UInt64) {
        if self.starts.isEmpty || address != self.end(of: self.starts.count - 1) {
            self.starts.append(address)
            self.offsets.append(self.frames.count)
        }
        self.frames.append(frame)
    }

    /// The frame of the page at that address; `nil` where there was none. Quick where successive addresses ascend.
    mutating func find(_ address: UInt64) -> UInt64? {
        if !self.holds(self.current, address) { self.current = self.lastRun(startingUpTo: address) }
        guard self.holds(self.current, address) else { return nil }
        let page = Int((address - self.starts[self.current]) / UInt64(PageHash.pageSize))
        return self.frames[self.offsets[self.current] + page]
    }

    private func holds(_ run: Int, _ address: UInt64) -> Bool {
        run < self.starts.count && self.starts[run] <= address && address < self.end(of: run)
    }

    private func end(of run: Int) -> UInt64 {
        let next = run + 1 < self.offsets.count ? self.offsets[run + 1] : self.frames.count
        return self.starts[run] + UInt64((next - self.offsets[run]) * PageHash.pageSize)
    }

    private func lastRun(startingUpTo address: UInt64) -> Int {
        var (low, high) = (0, self.starts.count)
        while low < high {
            let middle = (low + high) / 2
            if self.starts[middle] <= address { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }
}
