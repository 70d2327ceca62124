internal import CLinux
internal import Glibc
internal import Synchronization

/// Holds streams down to a number of bytes a second that they have together. What nobody used is not made up for later.
final class TransferPace: Sendable {
    private let bytesPerSecond: UInt64
    /// Until when all that was written so far takes, on the monotonic clock in nanoseconds.
    private let end = Mutex<Int64>(0)

    /// - Parameter bytesPerSecond: 1 or more.
    init(bytesPerSecond: UInt64) {
        precondition(bytesPerSecond > 0, "a bandwidth limit of nothing would never end")
        self.bytesPerSecond = bytesPerSecond
    }

    /// Counts bytes that were just written, and says when they are due, on the monotonic clock in nanoseconds.
    func due(afterWriting count: Int) -> Int64 {
        let time = Int64(Double(count) / Double(self.bytesPerSecond) * 1e9)
        let now = vz_clock_ns(CLOCK_MONOTONIC)
        return self.end.withLock { end in
            end = max(end, now) + time
            return end
        }
    }
}
