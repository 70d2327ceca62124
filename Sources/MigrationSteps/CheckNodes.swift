internal import AgentProtocol
internal import ContainerHost
internal import ContainerIdentity
internal import ContainerRuntime
internal import HostAccess
internal import MigrationModel
internal import NodeConfiguration
internal import SecureShell

extension SourceSteps {
    /// Looks at the container here and at the destination. Changes nothing on either node.
    func checkNodes(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let node = self.node
        let criu = try await self.onThisNode(.system, "check CT \(plan.container)") {
            try SourceChecks(container: node.container(plan.container), kind: plan.kind).run(programs: node.programs)
        }
        let answer = try await self.order(.inspect(self.arrivingContainer(plan)))
        guard case .inspected(let inspection) = answer else {
            throw StepFailure(.protocolViolated, "the agent answered an inspection with \(answer)")
        }
        try self.judge(inspection, plan, sourceCriu: criu)
        return .checksPassed
    }

    /// The container as the destination has to know it: its configuration without our fence.
    func arrivingContainer(_ plan: MigrationPlan) async throws(StepFailure) -> ArrivingContainer {
        let node = self.node
        let configuration = try await self.onThisNode(.system, "read the configuration of CT \(plan.container)") {
            let container = try node.container(plan.container)
            let text = try Self.travellingConfiguration(of: container.configuration, plan)
            return (text: text, namespace: container.network?.path, group: container.bundle.controlGroupPath)
        }
        return ArrivingContainer(
            container: plan.destinationContainer.description, identity: plan.identity, node: node.identity,
            configuration: configuration.text, privateArea: plan.places.destinationPrivateArea,
            root: plan.places.destinationRoot, arrival: Self.arrival(of: plan.kind),
            networkNamespace: configuration.namespace,
            controlGroup: configuration.group.flatMap { $0.hasPrefix("/") ? $0 : nil })
    }

    private static func travellingConfiguration(
        of configuration: ContainerConfiguration, _ plan: MigrationPlan
    ) throws -> String {
        var file = configuration.file
        if plan.kind.isCopy {
            // An original without a UUID keeps none: nothing changes there. A name belongs to one container.
            try file.set("COPY_OF", configuration.uuid ?? plan.container.description)
            try file.set("DISABLED", "yes")
            file.remove("NAME")
        } else if !plan.wasDisabled {
            file.remove("DISABLED")
        }
        try file.set("UUID", plan.identity)
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            throw StepFailure(.system, "\(file.path) is not UTF-8 text; write its comments in UTF-8")
        }
        return text
    }

    static func arrival(of kind: MigrationKind) -> ArrivingContainer.Arrival {
        switch kind {
        case .stopped, .restarted(starting: false): .registered
        case .restarted(starting: true): .started
        case .online: .restored
        case .copied: .copied
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
