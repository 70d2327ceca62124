/// Pages of one process, as ranges of addresses that neither touch nor overlap.
struct PageRanges {
    static let pageSize: UInt64 = 4096

    /// In descending order, so that the lowest goes cheaply.
    private var ranges: [Range<UInt64>] = []

    init() {}

    /// Takes ranges in any order; where they overlap a page counts once.
    init(merging ranges: [Range<UInt64>]) {
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
            if let last = self.ranges.last, last.upperBound >= range.lowerBound {
                let end = max(last.upperBound, range.upperBound)
                self.ranges[self.ranges.count - 1] = last.lowerBound..<end
            } else {
                self.ranges.append(range)
            }
        }
        self.ranges.reverse()
    }

    var isEmpty: Bool { self.ranges.isEmpty }
    var ascending: [Range<UInt64>] { self.ranges.reversed() }

    /// Takes the lowest pages out, `limit` bytes at most; `nil` where there are none.
    mutating func takeFirst(_ limit: UInt64) -> Range<UInt64>? {
        guard let range = self.ranges.popLast() else { return nil }
        let taken = range.prefix(limit)
        if taken.upperBound < range.upperBound { self.ranges.append(taken.upperBound..<range.upperBound) }
        return taken
    }

    /// Takes the page at that address out, and those behind it, `limit` bytes at most; `nil` where it is not there.
    mutating func take(at address: UInt64, _ limit: UInt64) -> Range<UInt64>? {
        guard let index = self.ranges.firstIndex(where: { $0.contains(address) }) else { return nil }
        let range = self.ranges[index]
        let taken = (address..<range.upperBound).prefix(limit)
        let rest = [taken.upperBound..<range.upperBound, range.lowerBound..<address].filter { !$0.isEmpty }
        self.ranges.replaceSubrange(index...index, with: rest)
        return taken
    }
}

extension Range<UInt64> {
    fileprivate func prefix(_ limit: UInt64) -> Self {
        self.lowerBound..<Swift.min(self.upperBound, self.lowerBound + limit)
    }
}
