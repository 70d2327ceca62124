internal import Synchronization
internal import TreeSync

/// Whether the operator, or the system, wants the run to end: set by SIGINT and SIGTERM, read at every safe point.
package final class Interruption: Sendable {
    /// Ends transfers at their next block.
    let transfers = TransferCancellation()
    private let waking = Mutex<(@Sendable () -> Void)?>(nil)

    package init() {}

    package var isRequested: Bool { self.transfers.isCancelled }

    package func request() {
        self.transfers.cancel()
        self.waking.withLock { $0 }?()
    }

    /// Has a request call `wake`, which ends what is being waited for; at once if it came already. `nil` for nothing.
    func wakes(_ wake: (@Sendable () -> Void)?) {
        self.waking.withLock { $0 = wake }
        if self.isRequested { wake?() }
    }
}
