internal import CLinux
internal import Glibc
internal import Host
internal import Synchronization
internal import SystemPackage

/// Governs transfers from outside of them: any thread ends them at their next block, sees how far they are, and all of
/// them together keep to one bandwidth.
package final class TransferControl: Sendable {
    private let whole: TransferControl?
    private let pace: TransferPace?
    private let flag = Atomic<Bool>(false)
    private let raw = Atomic(0)
    private let wire = Atomic(0)

    /// - Parameter bytesPerSecond: the most that all transfers together write; `nil` for no limit.
    package init(bytesPerSecond: UInt64? = nil) {
        self.whole = nil
        self.pace = bytesPerSecond.map { TransferPace(bytesPerSecond: $0) }
    }

    /// That of a part of the work: ended and counted alone, and under the bandwidth of the whole.
    package init(partOf whole: TransferControl) {
        self.whole = whole
        self.pace = nil
    }

    /// Ends the transfers; it is never taken back.
    package func cancel() { self.flag.store(true, ordering: .relaxed) }

    /// True once `cancel()` was called.
    package var isCancelled: Bool { self.flag.load(ordering: .relaxed) }

    /// Bytes of messages so far, before compression, and bytes on the wire.
    package var rawBytes: UInt64 { UInt64(self.raw.load(ordering: .relaxed)) }
    package var wireBytes: UInt64 { UInt64(self.wire.load(ordering: .relaxed)) }

    /// Counts what was just written, and says until when the next write has to wait; `nil` for not at all.
    func count(raw: Int, wire: Int) -> Int64? {
        self.raw.add(raw, ordering: .relaxed)
        self.wire.add(wire, ordering: .relaxed)
        return self.pace?.due(afterWriting: wire) ?? self.whole?.count(raw: raw, wire: wire)
    }
}

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

/// One thread beside the caller's that runs one piece of work and is then joined.
package final class CompanionThread {
    private let thread: JoinableThread

    /// Starts `work` on a thread called `name` (15 bytes at most).
    package init(_ name: String, _ work: @escaping @Sendable () -> Void) throws(TransferError) {
        do throws(SystemFailure) {
            self.thread = try JoinableThread(named: name, work)
        } catch {
            throw TransferError(.system, operation: "pthread_create", code: .init(rawValue: error.code))
        }
    }

    /// Waits for the end of the work. To be called exactly once.
    package func join() { self.thread.join() }
}
