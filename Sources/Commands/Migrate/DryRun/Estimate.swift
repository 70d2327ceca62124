internal import HandOver
internal import Source
internal import Transfer

/// What a migration would take, as far as that can be known before.
struct Estimate {
    private let plan: MigrationPlan
    private let report: NodeReport
    private let bytesPerSecond: Double

    /// - Parameters:
    ///   - plan: of the migration.
    ///   - report: what is known of both servers.
    ///   - bytesPerSecond: on the way between them, as it was measured.
    init(of plan: MigrationPlan, on report: NodeReport, bytesPerSecond: Double) {
        self.plan = plan
        self.report = report
        self.bytesPerSecond = bytesPerSecond
    }

    var lines: [String] {
        [
            "it would be moved as CT \(self.plan.destinationContainer) to \(self.plan.places.destination) (type: "
                + "\(self.plan.kind))",
            "at most \(self.fileBytes + self.residentBytes) bytes would be sent (\(self.fileBytes) of files, "
                + "\(self.residentBytes) of memory) at \(Int(self.bytesPerSecond / 1_000_000)) MB/s, as measured just "
                + "now: about \(Int((self.seconds + 0.5).rounded(.up))) s",
            self.downtime,
        ]
    }

    /// CRIU's dump without the content of pages.
    var dumpMilliseconds: UInt64 {
        self.prediction(memory: .zero).parts.first { $0.name == "dump" }?.duration.wholeMilliseconds ?? 0
    }

    private var downtime: String {
        switch self.plan.kind {
        case .stopped: return "no downtime: it does not run"
        case .copied: return "no downtime: it is copied, and goes on here"
        case .restarted(starting: false): return "it would be down from its stop on, and not started"
        case .restarted(starting: true):
            return
                "it would be down from its stop until it has started there, with a pass over the files between them; "
                + "how long it takes to stop and to start is not known"
        case .online:
            let least = self.prediction(memory: .zero).duration.wholeMilliseconds
            let most = self.prediction(memory: .seconds(self.memorySeconds)).duration.wholeMilliseconds
            if self.plan.kind.isLazy { return "it would stand still for about \(least) ms" }
            if !self.plan.kind.isIterative { return "it would stand still for about \(most) ms" }
            return "it would stand still for about \(least) ms if it writes little, and for \(most) ms if it writes to "
                + "all of its memory all the time; rounds aim at \(self.plan.maxDowntime.wholeMilliseconds) ms"
        }
    }

    private func prediction(memory: Duration) -> DowntimePrediction {
        DowntimePrediction(bytes: self.residentBytes, files: .milliseconds(10), memory: memory)
    }

    private var seconds: Double { Double(self.fileBytes) / self.bytesPerSecond + self.memorySeconds }
    private var memorySeconds: Double { Double(self.residentBytes) / self.bytesPerSecond }

    private var residentBytes: UInt64 { self.report.source.residentBytes }

    /// What an earlier attempt has left there need not be sent again.
    private var fileBytes: UInt64 {
        guard case .known(let area) = self.report.source.area else { return 0 }
        let kept = self.report.destination?.kept.bytes ?? 0
        return area.bytes > kept ? area.bytes - kept : 0
    }
}
