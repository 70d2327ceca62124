package import HandOver

/// How a migration ended, as the one line that answers the operator's first question: where is the container now?
package struct Outcome: Sendable {
    private let migration: SourceMigration

    package init(_ migration: SourceMigration) {
        self.migration = migration
    }

    package var line: String {
        let plan = self.migration.plan
        let there = plan.places.destination
        let renamed = plan.container == plan.destinationContainer ? "" : " as CT \(plan.destinationContainer)"
        switch self.migration.phase {
        case .completed where self.migration.history.handOver == nil || self.migration.decision != nil:
            return "CT \(plan.container) is taken to be on \(there)\(renamed), on an operator's word, and released here"
        case .completed:
            // Another process has seen it run there; whether it does still is not known here.
            let isOld = self.migration.history.handOver?.downtime == nil && self.migration.plan.kind.runsAtFirst
            let verb = self.migration.history.handOver?.isRunning != true ? "is stopped" : isOld ? "was let go" : "runs"
            return "CT \(plan.container) \(verb) on \(there)\(renamed) (\(self.details))"
        case .copied: return "CT \(plan.container) stays here; its copy is stopped on \(there)\(renamed)"
        case .rolledBack where self.migration.state.rolledBack?.isPastChecks == false:
            return "CT \(plan.container): the migration was given up before anything was done to it"
        case .rolledBack, .abortOwed:
            let memory =
                self.migration.state.rolledBack?.isMemoryLost == true
                ? "; its processes had gone, so it was started anew" : ""
            return "CT \(plan.container) stays here, as it was (migration rolled back\(memory))"
        case .contradicted:
            return "CT \(plan.container): \(self.migration.contradiction?.message ?? "the destination has it too")"
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .committed,
            .confirmed, .served, .rollingBack:
            return "CT \(plan.container): the migration is \(self.migration.phase.rawValue)"
        }
    }

    /// Until somebody does it, it is down.
    private var wayToStart: String {
        let plan = self.migration.plan
        let area = plan.places.destinationPrivateArea.map { " -b \($0)" } ?? ""
        return "to start it there: with NETIF make its network namespace, then, in its private area, "
            + "runc run -d\(area) \(plan.destinationContainer)"
    }

    /// The parts of the downtime in the order in which they were begun.
    private var parts: [TimedPart] {
        let beside = self.migration.history.handOver?.parts ?? []
        return Array(beside.prefix(1)) + (self.migration.history.dump?.parts ?? []) + beside.dropFirst()
    }

    private var details: String {
        var details = ["type: \(self.migration.plan.kind)"]
        if !self.migration.history.waived.isEmpty {
            let words = Set(self.migration.history.waived.compactMap(\.keyword?.rawValue)).sorted()
            details.append("failed and passed over: \(words.joined(separator: " "))")
        }
        if self.migration.plan.sharesStorage { details.append("on shared storage") }
        if self.migration.history.handOver?.isMemoryLost == true {
            details.append("memory lost there: it was started anew")
        }
        if self.migration.plan.kind == .restarted(starting: false) {
            details.append(self.wayToStart)
        } else if let downtime = self.migration.history.handOver?.downtime {
            let predicted = DowntimePrediction(
                after: self.migration.history.rounds, isPostCopy: self.migration.plan.kind.isLazy
            ).map {
                " (predicted: \($0.duration.wholeMilliseconds) ms)"
            }
            let held = self.migration.history.rounds.held
            details.append("down for \((downtime + held).wholeMilliseconds) ms\(predicted ?? "")")
            if held > .zero { details.append("held in rounds \(held.wholeMilliseconds) ms") }
            details += self.parts.map { "\($0.name) \($0.duration.wholeMilliseconds) ms" }
        }
        if self.migration.history.isPostCopyAbandoned {
            details.append("the rest of its memory is lost: it was started anew")
        }
        if let postCopy = self.migration.history.postCopy {
            details.append("\(postCopy.placed) pages followed")
            if postCopy.dropped > 0 { details.append("\(postCopy.dropped) were given up by the container") }
        }
        return details.joined(separator: ", ")
    }
}
