internal import TreeSync

/// Whether the operator, or the system, wants the run to end: set by SIGINT and SIGTERM, read at every safe point.
package final class Interruption: Sendable {
    let transfers = TransferCancellation()

    package init() {}

    package var isRequested: Bool { self.transfers.isCancelled }

    package func request() { self.transfers.cancel() }
}
