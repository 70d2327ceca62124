internal import Synchronization

/// Whether the operator, or the system, wants the run to end: set by SIGINT and SIGTERM, read at every safe point.
package final class Interruption: Sendable {
    private let requested = Atomic(false)

    package init() {}

    package var isRequested: Bool { self.requested.load(ordering: .relaxed) }

    package func request() { self.requested.store(true, ordering: .relaxed) }
}
