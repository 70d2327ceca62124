package import HandOver
internal import Synchronization
internal import Transfer

/// Whether a run, or one migration of it, is to end before its commit point, and why: set by SIGINT, SIGTERM, SIGHUP
/// and by a freeze that takes too long, read at every safe point.
package final class Interruption: Sendable {
    /// Ends transfers at their next block; knows how far they are, and their bandwidth.
    let transfers: TransferControl
    private let state = Mutex(State())

    private struct State {
        var reason: StepFailure?
        var wake: (@Sendable () -> Void)?
        var parts: [Interruption] = []
    }

    /// - Parameter bytesPerSecond: the most that all transfers of the run write together; `nil` for no limit.
    package init(bytesPerSecond: UInt64? = nil) { self.transfers = TransferControl(bytesPerSecond: bytesPerSecond) }

    /// One of a part of the work, which ends with the whole and may end alone.
    init(partOf whole: Interruption) {
        self.transfers = TransferControl(partOf: whole.transfers)
        let reason = whole.state.withLock { state in
            state.parts.append(self)
            return state.reason
        }
        if let reason { self.request(because: reason) }
    }

    package var isRequested: Bool { self.reason != nil }

    /// Why it was requested first; `nil` if it was not.
    package var reason: StepFailure? { self.state.withLock(\.reason) }

    package func request(because reason: StepFailure) {
        let (wake, parts) = self.state.withLock { state in
            state.reason = state.reason ?? reason
            return (state.wake, state.parts)
        }
        self.transfers.cancel()
        wake?()
        for part in parts { part.request(because: reason) }
    }

    /// Has a request call `wake`, which ends what is being waited for; at once if it came already. `nil` for nothing.
    func wakes(_ wake: (@Sendable () -> Void)?) {
        self.state.withLock { $0.wake = wake }
        if self.isRequested { wake?() }
    }
}
