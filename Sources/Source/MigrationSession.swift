package import Engine
package import HandOver
internal import Synchronization
internal import Transfer

/// What one run of vzmigrate knows of a migration beside its journal: whether the operator wants it to end, since when
/// the container stands still, and whom to tell.
package final class MigrationSession: Sendable {
    /// The failure of a migration whose process was killed.
    package static let processEnded = StepFailure(
        .terminated, "vzmigrate ended before the hand-over was decided; the migration is rolled back")

    /// The failure of a step that a signal ended.
    package static let signalled = StepFailure(.terminated, "ended by a signal; the container stays where it was")

    private let tell: @Sendable (String) -> Void
    private let hear: @Sendable (CheckReport) -> Void
    private let interruption: Interruption
    private let freezeTimeout: Duration?
    /// Where the steps take their time and threads from.
    let environment: any StepEnvironment
    private let part = Mutex<(sentBefore: UInt64, expected: UInt64?)>((0, nil))
    private let partsNoted = Mutex<[TimedPart]>([])
    private let stoppedAt = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameters:
    ///   - interruption: says when the whole run is to end.
    ///   - freezeTimeout: how long the container may stand still before the commit; `nil` goes by its size.
    ///   - environment: time and threads.
    ///   - tell: takes one line for people at a time.
    ///   - hear: takes what the checks have found.
    package init(
        interruption: Interruption, freezeTimeout: Duration?, environment: any StepEnvironment,
        tell: @escaping @Sendable (String) -> Void, hear: @escaping @Sendable (CheckReport) -> Void = { _ in }
    ) {
        self.environment = environment
        self.interruption = Interruption(partOf: interruption)
        self.freezeTimeout = freezeTimeout
        self.tell = tell
        self.hear = hear
    }

    func say(_ line: String) { self.tell(line) }

    func say(_ report: CheckReport) { self.hear(report) }

    /// Begins a part of what is sent.
    ///
    /// - Parameter bytes: what it is expected to have before compression; `nil` where nobody knows.
    func beginPart(expecting bytes: UInt64?) {
        let sent = self.interruption.transfers.rawBytes
        self.part.withLock { $0 = (sent, bytes) }
    }

    /// How far the transfers are.
    package var standing: TransferStanding {
        let transfers = self.interruption.transfers
        let (before, expected) = self.part.withLock { $0 }
        return TransferStanding(
            rawBytes: transfers.rawBytes, wireBytes: transfers.wireBytes, expectedBytes: expected,
            partBytes: transfers.rawBytes - before, frozen: self.timeStopped)
    }

    /// Ends what is waited for; see `Interruption`.
    var interrupting: Interruption { self.interruption }

    /// Ends transfers at their next block.
    var cancellation: TransferControl { self.interruption.transfers }

    /// Up to the commit a signal ends the migration at the next step; from then on it goes on to its end.
    func checkInterruption(before step: SourceStep) throws(StepFailure) {
        switch step {
        case .checkNodes, .openDestination, .raiseFence, .syncTree, .iterateMemory, .freezeContainer,
            .dumpContainer, .prepareDestination, .decideCommit:
            if let reason = self.interruption.reason { throw reason }
        case .deliverCommit, .servePages, .releaseSource, .registerCopy, .rollBack, .deliverAbort: return
        }
    }

    /// Begins the time in which the container does not run.
    func containerStops() {
        let now = self.environment.now
        self.stoppedAt.withLock { $0 = $0 ?? now }
    }

    /// How long a container may stand frozen whose processes have that much in memory.
    func freezeLimit(residentBytes: UInt64) -> Duration {
        // Three times what the memory takes on a slow link, and never less than ten seconds.
        self.freezeTimeout ?? max(.seconds(10), .milliseconds(3 * (500 + Int64(residentBytes >> 20) * 1000 / 64)))
    }

    /// Begins the time in which the container does not run, and gives the migration up when that takes too long: from
    /// the commit on nobody listens to that any more.
    func containerFreezes(_ container: String, limit: Duration) {
        self.containerStops()
        let failure = StepFailure(
            .liveMigrationFailed,
            "CT \(container) was not handed over within \(limit) of its freeze; it goes on here (--freeze-timeout "
                + "allows more)")
        let interruption = self.interruption
        self.environment.alarm(after: limit) { interruption.request(because: failure) }
    }

    /// Notes how long a part of the downtime took, from its beginning to now.
    func note(_ part: String, since start: ContinuousClock.Instant) {
        let part = TimedPart(part, start.duration(to: self.environment.now))
        self.partsNoted.withLock { $0.append(part) }
    }

    /// What was noted, in that order.
    var parts: [TimedPart] { self.partsNoted.withLock { $0 } }

    /// Since `containerStops`; `nil` if this process did not see the container stop.
    var timeStopped: Duration? {
        let now = self.environment.now
        return self.stoppedAt.withLock { start in start.map { $0.duration(to: now) } }
    }
}

/// How far the transfers of one migration are.
package struct TransferStanding: Hashable, Sendable {
    /// All that was sent so far: before compression, and on the wire.
    package let rawBytes: UInt64
    package let wireBytes: UInt64
    /// What the part that is being sent is expected to have, before compression; `nil` where nobody knows.
    package let expectedBytes: UInt64?
    /// What of it was sent.
    package let partBytes: UInt64
    /// For how long the container has stood still; `nil` while it runs.
    package let frozen: Duration?
}
