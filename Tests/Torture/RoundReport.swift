internal import LabSupport

/// What became of one round.
struct RoundReport {
    let hasStruck: Bool
    /// vzmigrate's own; `nil` if it did not live to say one.
    let status: Int32?
    let recoveries: Int
    let longestPause: Duration
    /// A text each: what is wrong, the point, what vzmigrate said and both event logs.
    let violations: [String]

    /// Tries a point, from the container's making to its removal.
    static func of(_ point: Point, named name: String) throws -> RoundReport {
        let round = try Round(point)
        var sentences: [String] = []
        do {
            try round.strike()
            try round.rescue()
            sentences = try round.judge()
            if sentences.isEmpty, point.movesAgain { sentences = try round.judgeNextMove() }
        } catch let error as LabError {
            sentences.append(error.description)
        }
        let sight = round.watch.end()
        sentences += sight.violations.prefix(3)
        if point.kind != .stopped, !sight.hasSeenIt { sentences.append("the watch has never seen it run") }
        let evidence = sentences.isEmpty ? "" : try round.evidence()
        return RoundReport(
            hasStruck: round.hasStruck, status: round.outcome?.status, recoveries: round.recoveries,
            longestPause: sight.longestPause,
            violations: sentences.isEmpty
                ? [] : ["\(name): \(point)\n  " + sentences.joined(separator: "\n  ") + "\n" + evidence])
    }
}

extension Round {
    fileprivate func evidence() throws -> String {
        var text = self.outcome.map { "vzmigrate said: \($0)" } ?? "vzmigrate was killed\n"
        for node in [Node.node1, .node2] {
            let story = try Command.run([
                "\(Lab.programs)/vzmigrate-journal", "show", self.container.id, "--db",
                node.disk("/var/lib/vzmigrate/journal.db"),
            ])
            text += "-- \(node)\n\(story.output)\(story.complaint)"
        }
        return text
    }
}
