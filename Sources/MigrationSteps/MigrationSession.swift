package import MigrationModel
internal import Synchronization
internal import TreeSync

/// What one run of vzmigrate knows of a migration beside its journal: whether the operator wants it to end, since when
/// the container stands still, and whom to tell.
package final class MigrationSession: Sendable {
    /// The failure of a migration whose process was killed.
    package static let processEnded = StepFailure(
        .terminated, "vzmigrate ended before the hand-over was decided; the migration is rolled back")

    /// The failure of a step that a signal ended.
    static let signalled = StepFailure(.terminated, "ended by a signal; the container stays where it was")

    private let tell: @Sendable (String) -> Void
    private let interruption: Interruption
    private let stoppedAt = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameters:
    ///   - interruption: says when the run is to end.
    ///   - tell: takes one line for people at a time.
    package init(interruption: Interruption, tell: @escaping @Sendable (String) -> Void) {
        self.interruption = interruption
        self.tell = tell
    }

    func say(_ line: String) { self.tell(line) }

    /// Ends what is waited for; see `Interruption`.
    var interrupting: Interruption { self.interruption }

    /// Ends transfers at their next block.
    var cancellation: TransferCancellation { self.interruption.transfers }

    /// Up to the commit a signal ends the migration at the next step; from then on it goes on to its end.
    func checkInterruption(before step: SourceStep) throws(StepFailure) {
        switch step {
        case .checkNodes, .openDestination, .raiseFence, .syncTree, .freezeContainer, .dumpContainer,
            .prepareDestination, .decideCommit:
            guard !self.interruption.isRequested else { throw Self.signalled }
        case .deliverCommit, .releaseSource, .registerCopy, .restoreSource, .deliverAbort: return
        }
    }

    /// Begins the time in which the container does not run.
    func containerStops() {
        self.stoppedAt.withLock { $0 = $0 ?? .now }
    }

    /// Since `containerStops`; `nil` if this process did not see the container stop.
    var nanosecondsStopped: UInt64? {
        self.stoppedAt.withLock { start in start.map { ($0.duration(to: .now)).wholeNanoseconds } }
    }
}

extension Duration {
    /// At least 0.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = self.components
        return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds / 1_000_000_000))
    }
}
