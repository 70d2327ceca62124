internal import Synchronization

/// A flag by which any thread ends a transfer at its next block.
package final class TransferCancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Makes a flag that is not raised.
    package init() {}

    /// Raises the flag; it never goes down again.
    package func cancel() { self.flag.store(true, ordering: .relaxed) }

    /// True once `cancel()` was called.
    package var isCancelled: Bool { self.flag.load(ordering: .relaxed) }
}
