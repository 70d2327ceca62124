internal import Glibc

/// A fixed block of bytes between a pipe and a channel: filled once, then emptied from the front.
///
/// It never moves, because libssh2 wants a call that could not finish repeated with the same bytes.
struct ChannelBuffer: ~Copyable {
    private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    private var filled = 0..<0

    deinit {
        self.block.deallocate()
    }

    var isEmpty: Bool { self.filled.isEmpty }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self.block[self.filled]) }

    /// Fills the block, which must be empty.
    ///
    /// - Parameter body: writes into the block and returns how much, or 0 or less for nothing.
    /// - Returns: what the body returned.
    mutating func fill(_ body: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        precondition(self.isEmpty, "a channel's buffer is filled only when it is empty")
        let count = body(self.block)
        self.filled = 0..<max(0, count)
        return count
    }

    mutating func removeFirst(_ count: Int) {
        self.filled = self.filled.lowerBound + count..<self.filled.upperBound
    }

    mutating func removeAll() {
        self.filled = 0..<0
    }
}
