internal import CLinux
internal import Glibc

/// Holds a stream down to a number of bytes a second, on average since it began.
package struct TransferPace {
    private let bytesPerSecond: Int
    private let start = vz_clock_ns(CLOCK_MONOTONIC)
    private var bytes = 0

    /// - Parameter bytesPerSecond: 1 or more.
    package init(bytesPerSecond: Int) {
        precondition(bytesPerSecond > 0, "a bandwidth limit of nothing would never end")
        self.bytesPerSecond = bytesPerSecond
    }

    /// Counts `count` bytes just written and sleeps until they are due.
    package mutating func wait(afterWriting count: Int, watch: PassWatch) throws(TransferError) {
        self.bytes += count
        let due = Int64(Double(self.bytes) / Double(self.bytesPerSecond) * 1e9)
        while true {
            let early = self.start + due - vz_clock_ns(CLOCK_MONOTONIC)
            guard early > 1_000_000 else { return }
            try watch.check()
            vz_sleep_ms(UInt32(min(early / 1_000_000, 100)))
        }
    }
}
