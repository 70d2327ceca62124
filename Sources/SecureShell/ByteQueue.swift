/// Bytes on their way, first in first out; taking from the front moves an index, not the bytes.
struct ByteQueue {
    private var bytes: [UInt8] = []
    private var head = 0

    var count: Int { self.bytes.count - self.head }
    var isEmpty: Bool { self.count == 0 }

    mutating func append(_ new: UnsafeRawBufferPointer) {
        self.bytes.append(contentsOf: new)
    }

    /// Removes the first `count` bytes, which must be there.
    ///
    /// - Parameter count: how many.
    mutating func removeFirst(_ count: Int) {
        precondition(count <= self.count, "more bytes taken than there are")
        self.head += count
        if self.head == self.bytes.count {
            self.bytes.removeAll(keepingCapacity: true)
            self.head = 0
        } else if self.head > 1 << 20 {
            self.bytes.removeSubrange(..<self.head)
            self.head = 0
        }
    }

    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        self.bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[self.head...])) }
    }
}
