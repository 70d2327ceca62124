internal import Glibc
internal import LabSupport
internal import Synchronization

/// Point after point, until the time is over.
final class Campaign: Sendable {
    struct Limits {
        let seed: UInt64
        let minutes: Double
        let firstRound: Int
        let rounds: Int
        /// Only points whose description holds all of these words.
        let words: [String]
    }

    private let limits: Limits
    private let tally = Mutex(Tally())

    init(_ limits: Limits) { self.limits = limits }

    var summary: String { self.tally.withLock { $0.text } }
    var violations: Int { self.tally.withLock { $0.violations.count } }

    func run() throws {
        let end = ContinuousClock.now + .seconds(self.limits.minutes * 60)
        var list = PointList(events: try self.undisturbed(), seed: self.limits.seed)
        print("seed \(self.limits.seed), \(list.exhaustive.count) points before the random ones")
        var (number, tried) = (0, 0)
        while ContinuousClock.now < end, tried < self.limits.rounds {
            number += 1
            let point = number <= list.exhaustive.count ? list.exhaustive[number - 1] : list.random()
            let description = "\(point)"
            guard number >= self.limits.firstRound, self.limits.words.allSatisfy({ description.contains($0) })
            else { continue }
            tried += 1
            try self.tryPoint(point, named: "round \(number) of seed \(self.limits.seed)")
        }
    }

    private func tryPoint(_ point: Point, named name: String) throws {
        let start = ContinuousClock.now
        let result = Result { try RoundReport.of(point, named: name) }
        // A lab that is being taken down under a round proves nothing.
        Interruption.giveWay()
        let report = try result.get()
        self.tally.withLock { $0.take(point, report) }
        let verdict = report.violations.isEmpty ? report.hasStruck ? "well" : "not struck" : "VIOLATION"
        let status = report.status.map { "vzmigrate said \($0)" } ?? "vzmigrate was killed"
        print("\(name): \(point): \(verdict), \(status), \(start.duration(to: .now).inSeconds)")
        report.violations.forEach { print($0) }
        fflush(nil)
        // Whatever a violation has left must not be taken for the next point's.
        if !report.violations.isEmpty { try TortureLab.up() }
    }

    /// The events of each kind of migration, with nothing done to it.
    private func undisturbed() throws -> PointList.Events {
        var events: PointList.Events = [:]
        for kind in Point.Kind.allCases {
            let container = try TestContainer(kind: kind.workload, isStarted: kind != .stopped)
            let outcome = try Node.node1.start(["vzmigrate"] + kind.options + ["node2", container.id]).wait()
            guard outcome.status == 0 else { throw LabError("an undisturbed \(kind) migration: \(outcome)") }
            events[kind] = [
                .node1: try Node.node1.journal(of: container.id).map(\.kind),
                .node2: try Node.node2.journal(of: container.id).map(\.kind),
            ]
        }
        return events
    }
}
