internal import CLinux
internal import Glibc
internal import Synchronization

/// Why a blocked read or write of one pass should give up: the caller cancelled, or the pass's other thread failed.
package final class PassWatch: Sendable {
    private let cancellation: TransferCancellation?
    private let stopped = Atomic<Bool>(false)

    /// When a last word to the other side is given up, on the monotonic clock; `nil` for never.
    private let deadline: Int64?

    package init(_ cancellation: TransferCancellation? = nil, seconds: Int64? = nil) {
        self.cancellation = cancellation
        self.deadline = seconds.map { vz_clock_ns(CLOCK_MONOTONIC) + $0 * 1_000_000_000 }
    }

    /// Makes the next `check` of any thread throw `interrupted`.
    package func stop() { self.stopped.store(true, ordering: .relaxed) }

    /// Throws once there is a reason to give up.
    package func check() throws(TransferError) {
        if self.stopped.load(ordering: .relaxed) {
            throw TransferError(.interrupted, operation: "transfer")
        }
        if let cancellation, cancellation.isCancelled {
            throw TransferError(.cancelled, operation: "transfer")
        }
        if let deadline, vz_clock_ns(CLOCK_MONOTONIC) > deadline {
            throw TransferError(.connectionLost, operation: "last word", detail: "the other side does not listen")
        }
    }
}
