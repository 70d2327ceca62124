internal import HandOver
internal import Source
internal import Supervisor
internal import Synchronization

/// What is told of one container of a run, from its plan to its result.
final class MigrationReporter: SupervisorReporter {
    let container: ContainerID
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    private struct State {
        var migration: SourceMigration?
        var session: MigrationSession?
        var last: (time: ContinuousClock.Instant, wireBytes: UInt64)?
        var bytesPerSecond: UInt64 = 0
        /// Nothing is told after the result.
        var isConcluded = false
    }

    init(of container: ContainerID) { self.container = container }

    private var id: String { "\(self.container)" }

    /// The latest that was journaled of it; `nil` before its plan.
    var migration: SourceMigration? { self.state.withLock(\.migration) }

    func tell(_ line: String) { Output.tell(line) }
    func complain(_ sentence: String) { Output.complain(sentence) }

    func plan(_ plan: MigrationPlan, carriedOutIn session: MigrationSession) {
        self.state.withLock { ($0.session, $0.last) = (session, nil) }
        var record = BatchRecord(.plan, ct: self.id)
        (record.migration, record.destination) = ("\(plan.migration)", plan.places.destination)
        (record.newCt, record.type) = ("\(plan.destinationContainer)", "\(plan.kind)")
        Output.record(record)
    }

    func check(_ report: CheckReport) {
        for finding in report.failed { Output.record(.check(finding, ct: self.id, waived: false)) }
        for finding in report.waived { Output.record(.check(finding, ct: self.id, waived: true)) }
    }

    /// What was journaled.
    func hear(_ migration: SourceMigration) {
        let before = self.state.withLock { state in
            defer { state.migration = migration }
            return state.migration?.phase
        }
        guard before != migration.phase else { return }
        Output.tellMore("CT \(self.id): \(migration.phase.rawValue)")
        var record = BatchRecord(.phase, ct: self.id)
        (record.migration, record.phase) = ("\(migration.migration)", migration.phase.rawValue)
        Output.record(record)
    }

    /// How far it is: for programs a record, for people a line; `nil` while nothing was begun.
    func progress() -> String? {
        self.state.withLock { state in
            guard !state.isConcluded, let line = Self.progress(&state) else { return nil }
            Output.record(line.record, isOfTheMoment: true)
            return line.text
        }
    }

    private static func progress(_ state: inout State) -> ProgressLine? {
        let now = ContinuousClock.now
        let standing = state.session?.standing
        if let standing, let last = state.last {
            let seconds = max(0.001, last.time.duration(to: now) / .seconds(1))
            state.bytesPerSecond = UInt64(Double(standing.wireBytes - last.wireBytes) / seconds)
        }
        state.last = standing.map { (now, $0.wireBytes) }
        guard let migration = state.migration, let standing, !migration.phase.isEnded else { return nil }
        return ProgressLine(of: migration, standing, bytesPerSecond: state.bytesPerSecond)
    }

    /// What it took, to be read after the outcome; empty where nothing was sent.
    var effort: String {
        guard let bytes = self.state.withLock(\.session)?.standing.wireBytes, bytes > 0 else { return "" }
        let tenths = Int(self.start.duration(to: .now) / .milliseconds(100))
        return "; \(ProgressLine.amount(bytes)) sent, \(tenths / 10).\(tenths % 10) s in all"
    }

    /// Its end.
    ///
    /// - Parameters:
    ///   - status: of this container.
    ///   - message: why, or where it is.
    ///   - isOnRecord: false where the journal failed, so that what was heard last may not be the last on the disk.
    func conclude(_ status: ExitStatus, _ message: String, isOnRecord: Bool = true) {
        let (migration, standing) = self.state.withLock { state in
            state.isConcluded = true
            return (state.migration, state.session?.standing)
        }
        var record = BatchRecord(.result, ct: self.id)
        (record.status, record.message) = (status.rawValue, message)
        record.milliseconds = UInt64(self.start.duration(to: .now) / .milliseconds(1))
        record.wireBytes = standing?.wireBytes
        record.place = isOnRecord ? Self.place(migration, status) : .unknown
        if let migration {
            (record.migration, record.type) = ("\(migration.migration)", "\(migration.plan.kind)")
            record.running = migration.phase == .completed ? migration.history.handOver?.isRunning : nil
            let held = migration.history.rounds.held
            let isUp = migration.plan.kind != .restarted(starting: false)
            let downtime = isUp ? migration.history.handOver?.downtime : nil
            record.downtimeMilliseconds = downtime.map { ($0 + held).wholeMilliseconds }
            record.predictedMilliseconds = DowntimePrediction(
                after: migration.history.rounds, isPostCopy: migration.plan.kind.isLazy
            ).map(\.duration.wholeMilliseconds)
        }
        Output.record(record)
    }

    private static func place(_ migration: SourceMigration?, _ status: ExitStatus) -> BatchRecord.Place {
        if status == .inDoubt { return .unknown }
        return switch migration?.phase {
        case nil: status == .noSuchContainer ? .unknown : .source
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .rollingBack,
            .abortOwed, .rolledBack, .copied:
            .source
        case .confirmed, .served, .completed: .destination
        case .committed, .contradicted: .unknown
        }
    }
}

/// What is told of no container, or of several.
struct OutputReporter: SupervisorReporter {
    func tell(_ line: String) { Output.tell(line) }
    func complain(_ sentence: String) { Output.complain(sentence) }
}
