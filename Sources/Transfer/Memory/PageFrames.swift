internal import CLinux
internal import Crypto

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

/// What a page is known by: 128 bits of XXH3 over its content.
///
/// It is no secret and no proof against whoever chooses both of two pages: a container that makes two of its own pages
/// collide deceives itself alone. SSH proves that nobody else had a hand in the stream.
struct PageHash: Hashable, Sendable {
    /// 4096 on every architecture whose images this version reads.
    static let pageSize = 4096

    /// Stands in digests for a page that follows later.
    static let following = PageHash(low: 0, high: 0)

    let low: UInt64
    let high: UInt64

    private init(low: UInt64, high: UInt64) { (self.low, self.high) = (low, high) }

    /// - Parameter page: where its first byte is.
    init(of page: UnsafeRawPointer) {
        let hash = vz_hash_page(page)
        (self.low, self.high) = (hash.low, hash.high)
    }
}

/// The pages of one process as the other side holds them after a pass, in ascending order of addresses.
///
/// 24 bytes a page. It is read from its beginning to its end while the next one is written.
struct PageTable {
    private(set) var addresses: [UInt64] = []
    private(set) var hashes: [PageHash] = []
    private var position = 0

    var isEmpty: Bool { self.addresses.isEmpty }

    /// Adds a page behind all others.
    mutating func append(_ address: UInt64, _ hash: PageHash) {
        self.addresses.append(address)
        self.hashes.append(hash)
    }

    /// The page at that address; `nil` where none is known.
    ///
    /// Addresses of successive calls ascend.
    mutating func find(_ address: UInt64) -> PageHash? {
        while self.position < self.addresses.count, self.addresses[self.position] < address { self.position += 1 }
        guard self.position < self.addresses.count, self.addresses[self.position] == address else { return nil }
        return self.hashes[self.position]
    }

    /// Has the next `find` begin at the lowest address.
    mutating func rewind() { self.position = 0 }
}

/// The digest of a whole memory: SHA-256 over each process's number, and each page's address and hash.
///
/// Both sides take it from what they hold, known pages included, so it says the same only if they hold the same.
struct MemoryDigest {
    private var hasher = SHA256()

    mutating func begin(process: UInt32) {
        self.add(UInt64.max)
        self.add(UInt64(process))
    }

    mutating func add(_ address: UInt64, _ hash: PageHash) {
        withUnsafeBytes(of: (address.littleEndian, hash.low.littleEndian, hash.high.littleEndian)) {
            self.hasher.update(bufferPointer: $0)
        }
    }

    func finish() -> ByteDigest { ByteDigest(self.hasher.finalize()) }

    private mutating func add(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { self.hasher.update(bufferPointer: $0) }
    }
}
