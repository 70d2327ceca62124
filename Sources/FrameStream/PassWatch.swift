internal import CLinux
internal import Glibc
internal import Synchronization

/// Why a blocked read or write of one pass should give up: the caller cancelled, or the pass's other thread failed.
package final class PassWatch: Sendable {
    private let control: TransferControl?
    private let stopped = Atomic<Bool>(false)

    /// When a last word to the other side is given up, on the monotonic clock; `nil` for never.
    private let deadline: Int64?

    package init(_ control: TransferControl? = nil, seconds: Int64? = nil) {
        self.control = control
        self.deadline = seconds.map { vz_clock_ns(CLOCK_MONOTONIC) + $0 * 1_000_000_000 }
    }

    /// Makes the next `check` of any thread throw `interrupted`.
    package func stop() { self.stopped.store(true, ordering: .relaxed) }

    /// Throws once there is a reason to give up.
    package func check() throws(TransferError) {
        if self.stopped.load(ordering: .relaxed) {
            throw TransferError(.interrupted, operation: "transfer")
        }
        if let control, control.isCancelled {
            throw TransferError(.cancelled, operation: "transfer")
        }
        if let deadline, vz_clock_ns(CLOCK_MONOTONIC) > deadline {
            throw TransferError(.connectionLost, operation: "last word", detail: "the other side does not listen")
        }
    }

    /// Counts what was just written to a connection, and waits until the next write may come.
    func wrote(raw: Int, wire: Int) throws(TransferError) {
        guard let due = self.control?.count(raw: raw, wire: wire) else { return }
        while true {
            let early = due - vz_clock_ns(CLOCK_MONOTONIC)
            guard early > 1_000_000 else { return }
            try self.check()
            vz_sleep_ms(UInt32(min(early / 1_000_000, 100)))
        }
    }
}
