internal import AgentProtocol
internal import ContainerIdentity
internal import MigrationModel
internal import SecureShell

extension SourceSteps {
    /// Looks at the container here and at the destination. Changes nothing on either node.
    func checkNodes(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let site = self.site
        let criu = try await self.onThisNode(.system, "check CT \(plan.container)") { try site.check() }
        let answer = try await self.order(.inspect(self.arrivingContainer(plan)))
        guard case .inspected(let inspection) = answer else {
            throw StepFailure(.protocolViolated, "the agent answered an inspection with \(answer)")
        }
        try self.judge(inspection, plan, sourceCriu: criu)
        return .checksPassed
    }

    /// The container as the destination has to know it.
    func arrivingContainer(_ plan: MigrationPlan) async throws(StepFailure) -> ArrivingContainer {
        let site = self.site
        return try await self.onThisNode(.system, "read the configuration of CT \(plan.container)") {
            try site.describe()
        }
    }

    private func judge(
        _ inspection: NodeInspection, _ plan: MigrationPlan, sourceCriu: String?
    ) throws(StepFailure) {
        if let first = inspection.failures.first {
            let sentences = inspection.failures.map(\.message).joined(separator: "; ")
            throw StepFailure(AgentRefusal(status: first.status, message: sentences), at: self.link.destination)
        }
        if let here = sourceCriu, let there = inspection.criuVersion, Self.isOlder(there, than: here) {
            throw StepFailure(
                .agentUnusable,
                "\(self.link.destination.host): CRIU there is \(there), older than \(here) here, and reads no newer "
                    + "images; update criu there")
        }
        guard inspection.highestEpoch < plan.epoch else {
            throw StepFailure(
                .identityConflict,
                "\(self.link.destination.host) has seen epoch \(inspection.highestEpoch) of CT \(plan.container) and "
                    + "this server only \(plan.epoch - 1): another copy was migrated since; find out "
                    + "which one is newer")
        }
    }

    /// Compares versions such as `4.2.1` part by part.
    private static func isOlder(_ version: String, than other: String) -> Bool {
        func parts(_ text: String) -> [Int] { text.split { !$0.isNumber }.compactMap { Int($0) } }
        return parts(version).lexicographicallyPrecedes(parts(other))
    }
}
