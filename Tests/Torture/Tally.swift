/// What a campaign has seen.
struct Tally {
    private var rounds = 0
    private var struck: [String: Int] = [:]
    private var missed = 0
    private var recoveries = 0
    private var longestPauses: [String: (pause: Duration, point: Point)] = [:]
    private(set) var violations: [String] = []

    mutating func take(_ point: Point, _ report: RoundReport) {
        self.rounds += 1
        self.recoveries += report.recoveries
        if report.hasStruck {
            self.struck["\(point.kind.rawValue): \(point.fault.category)", default: 0] += 1
        } else {
            self.missed += 1
        }
        if report.hasStruck, point.kind != .stopped { self.takePause(point, report.longestPause) }
        self.violations += report.violations
    }

    private mutating func takePause(_ point: Point, _ pause: Duration) {
        let group =
            switch point.fault {
            case .kill, .killPrograms: "a kill"
            case .powerLoss: "a power loss, the time without power included"
            case .cut: "a cut link, the time without it included"
            case .full: "a full disk"
            }
        let key = "\(point.kind.rawValue), after \(group)"
        if pause > self.longestPauses[key]?.pause ?? .zero { self.longestPauses[key] = (pause, point) }
    }

    var text: String {
        var lines = ["points tried:"]
        lines += self.struck.sorted { $0.key < $1.key }.map { "  \($0.value.padded(5))  \($0.key)" }
        lines.append("  \(self.missed.padded(5))  not struck, as the migration had ended before")
        lines.append("longest time without a running copy:")
        for (group, worst) in self.longestPauses.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(worst.pause.inSeconds)  \(group) (\(worst.point))")
        }
        lines.append(
            "\(self.rounds) migrations, \(self.struck.values.reduce(0, +)) struck, \(self.recoveries) recoveries, "
                + "\(self.violations.count) violations")
        return lines.joined(separator: "\n")
    }
}

extension Int {
    fileprivate func padded(_ width: Int) -> String {
        String(repeating: " ", count: Swift.max(0, width - "\(self)".count)) + "\(self)"
    }
}

extension Duration {
    /// In seconds, to a tenth.
    var inSeconds: String {
        let tenths = self.components.seconds * 10 + self.components.attoseconds / 100_000_000_000_000_000
        return (tenths / 10).description + "." + (tenths % 10).description + " s"
    }
}
