package import AgentProtocol
package import MigrationModel

/// A process that travels with its memory has decided long ago which instructions it may use.
package struct ProcessorCheck: NodeCheck {
    package init() {}

    package func findings(_ departure: DepartureFacts, _ arrival: ArrivalFacts) -> [CheckFinding] {
        let (here, there) = (departure.node, arrival.node)
        guard here.architecture == there.architecture else {
            return [
                CheckFinding(
                    .processor, .processorUnsupported, "the architecture of the processor", here: here.architecture,
                    there: there.architecture, remedy: "move it to a server of the same architecture")
            ]
        }
        guard departure.kind.isOnline else { return [] }
        let missing = here.processorFeatures.subtracting(there.processorFeatures).sorted()
        if !missing.isEmpty {
            return [self.finding("processor features that its processes may use", missing.joined(separator: " "), nil)]
        }
        if case .unreadable(let reason) = departure.processorImage {
            return [self.finding("CRIU's description of the processor", reason, "not asked")]
        }
        return arrival.processorObjection.map { [self.finding("CRIU's comparison of the processors", nil, $0)] } ?? []
    }

    private func finding(_ what: String, _ here: String?, _ objection: String?) -> CheckFinding {
        CheckFinding(
            .processor, .processorFeatureMissing, what, here: here, there: objection ?? "none of them",
            remedy: "move it without --online, so that its processes begin anew")
    }
}

/// An older CRIU does not read what a newer one writes.
package struct CriuVersionCheck: NodeCheck {
    package init() {}

    package func findings(_ departure: DepartureFacts, _ arrival: ArrivalFacts) -> [CheckFinding] {
        guard let here = departure.node.criuVersion, let there = arrival.node.criuVersion,
            Self.isOlder(there, than: here)
        else { return [] }
        return [
            CheckFinding(
                .criuVersion, .agentUnusable, "CRIU reads no images of a newer one", here: here, there: there,
                remedy: "update criu there")
        ]
    }

    /// Compares versions such as `4.2.1` part by part.
    private static func isOlder(_ version: String, than other: String) -> Bool {
        func parts(_ text: String) -> [Int] { text.split { !$0.isNumber }.compactMap { Int($0) } }
        return parts(version).lexicographicallyPrecedes(parts(other))
    }
}
