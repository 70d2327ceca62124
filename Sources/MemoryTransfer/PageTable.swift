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
