internal import Synchronization

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
