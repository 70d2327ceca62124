internal import Container
package import HandOver
internal import SSH
internal import Transfer

extension SourceSteps {
    /// Looks at the container here and at the destination. Changes nothing on either node.
    func checkNodes(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let nodes = try await self.report(plan)
        let report = nodes.checks
        self.session.say(report)
        if let failure = StepFailure(report.failed) { throw failure }
        if case .known(let area) = nodes.source.area { self.session.beginPart(expecting: area.bytes) }
        return .checksPassed(waived: report.waived)
    }

    /// Runs every check at once: one look at this node, one question to the other.
    ///
    /// - Returns: what was found, and what is known of both nodes; the latter lacks what a failure keeps from view.
    package func report(_ plan: MigrationPlan) async throws(StepFailure) -> NodeReport {
        let site = self.site
        let arriving = try await self.arrivingContainer(plan)
        var source = try await self.onThisNode(.system, "check CT \(plan.container)") { try site.facts() }
        let asked = NodeFacts.now
        let answer = try await self.order(.inspect(arriving, source.questions))
        source.clock = asked...max(asked, NodeFacts.now)
        guard case .inspected(let inspection) = answer else {
            throw StepFailure(.protocolViolated, "the agent answered an inspection with \(answer)")
        }
        var report = NodeReport(source: source, destination: inspection.facts, plan: plan)
        report.checks.putFirst(source.findings + self.findings(inspection, plan))
        return report
    }

    /// The container as the destination has to know it.
    func arrivingContainer(_ plan: MigrationPlan) async throws(StepFailure) -> IncomingContainer {
        let site = self.site
        return try await self.onThisNode(.system, "read the configuration of CT \(plan.container)") {
            try site.describe()
        }
    }

    /// What stands in the way there by itself.
    private func findings(_ inspection: NodeInspection, _ plan: MigrationPlan) -> [CheckFinding] {
        let host = self.link.destination.host
        let found = inspection.failures.map { CheckFinding($0, at: host) }
        // A server that is this one has seen the plan itself.
        let isThisServer = inspection.failures.contains { $0.status == .sameContainer }
        guard isThisServer || inspection.highestEpoch < plan.epoch else {
            return found + [
                CheckFinding(
                    nil, .identityConflict,
                    "\(host) has seen epoch \(inspection.highestEpoch) of CT \(plan.container) and this server only "
                        + "\(plan.epoch - 1): another copy was migrated since; find out which one is newer")
            ]
        }
        return found
    }
}

/// All checks of one container, and what they were made on.
package struct NodeReport: Sendable {
    package let source: SourceFacts
    /// `nil` where something at the destination kept from looking.
    package let destination: DestinationFacts?
    package var checks: CheckReport

    init(source: SourceFacts, destination: DestinationFacts?, plan: MigrationPlan) {
        self.source = source
        self.destination = destination
        self.checks =
            destination.map { NodeChecks.report(source, $0, waiving: plan.waivedChecks) }
            ?? CheckReport([], waiving: [])
    }
}

extension CheckFinding {
    /// What the agent has found by itself.
    fileprivate init(_ failure: StepFailure, at host: String) {
        self.init(nil, failure.status, failure.on(host).message)
    }
}
