/// The pages that one address space still waits for: where they are in it now, and where its original has them.
///
/// Both differ once the process has moved memory (mremap); a child that it forked waits for the same pages.
struct AwaitedPages {
    /// A piece of consecutive pages, by their addresses here and at the source.
    struct Piece: Hashable {
        var here: UInt64
        var there: UInt64
        var size: UInt64

        /// The part between two offsets from its beginning.
        func part(_ start: UInt64, _ end: UInt64) -> Piece {
            Piece(here: self.here + start, there: self.there + start, size: end - start)
        }
    }

    /// In ascending order of their addresses at the source, where they do not overlap.
    private(set) var pieces: [Piece]

    /// All of them are where they were.
    init(_ ranges: [Range<UInt64>]) {
        self.pieces = ranges.map {
            Piece(here: $0.lowerBound, there: $0.lowerBound, size: $0.upperBound - $0.lowerBound)
        }
    }

    var isEmpty: Bool { self.pieces.isEmpty }
    var size: UInt64 { self.pieces.reduce(0) { $0 + $1.size } }

    /// Where the page at an address here is at the source; `nil` where nothing is awaited there.
    func original(of address: UInt64) -> UInt64? {
        self.pieces.first { $0.here <= address && address < $0.here + $0.size }.map { $0.there + (address - $0.here) }
    }

    /// What is awaited of a range of the source.
    func pieces(of range: Range<UInt64>) -> [Piece] {
        var found: [Piece] = []
        var index = self.firstIndex(endingBehind: range.lowerBound)
        while index < self.pieces.count, self.pieces[index].there < range.upperBound {
            let piece = self.pieces[index]
            let start = max(range.lowerBound, piece.there) - piece.there
            found.append(piece.part(start, min(range.upperBound - piece.there, piece.size)))
            index += 1
        }
        return found
    }

    /// These pages of the source are awaited no more.
    mutating func remove(original range: Range<UInt64>) {
        let first = self.firstIndex(endingBehind: range.lowerBound)
        var end = first
        var rest: [Piece] = []
        while end < self.pieces.count, self.pieces[end].there < range.upperBound {
            let piece = self.pieces[end]
            rest += piece.outside(max(range.lowerBound, piece.there) - piece.there, range.upperBound - piece.there)
            end += 1
        }
        self.pieces.replaceSubrange(first..<end, with: rest)
    }

    /// These pages of this address space are awaited no more.
    mutating func remove(_ range: Range<UInt64>) {
        self.pieces = self.pieces.flatMap { piece in
            guard let (start, end) = piece.overlap(range) else { return [piece] }
            return piece.outside(start, end)
        }
    }

    /// The pages of a range of this address space have moved.
    mutating func move(_ range: Range<UInt64>, to target: UInt64) {
        self.pieces = self.pieces.flatMap { piece in
            guard let (start, end) = piece.overlap(range) else { return [piece] }
            var moved = piece.part(start, end)
            moved.here = target + (moved.here - range.lowerBound)
            return (piece.outside(start, end) + [moved]).sorted { $0.there < $1.there }
        }
    }

    private func firstIndex(endingBehind address: UInt64) -> Int {
        var (low, high) = (0, self.pieces.count)
        while low < high {
            let middle = (low + high) / 2
            let piece = self.pieces[middle]
            if piece.there + piece.size <= address { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension AwaitedPages.Piece {
    /// What is left of it without the part between two offsets.
    fileprivate func outside(_ start: UInt64, _ end: UInt64) -> [Self] {
        var rest: [Self] = []
        if start > 0 { rest.append(self.part(0, start)) }
        if end < self.size { rest.append(self.part(end, self.size)) }
        return rest
    }

    /// Which part of it, by offsets, lies in a range of this address space; `nil` for none.
    fileprivate func overlap(_ range: Range<UInt64>) -> (UInt64, UInt64)? {
        let (start, end) = (max(range.lowerBound, self.here), min(range.upperBound, self.here + self.size))
        return start < end ? (start - self.here, end - self.here) : nil
    }
}

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
