package import AgentProtocol
package import MigrationModel

/// What the container's TECHNOLOGIES name has to be there, and what its processes have open of control groups.
package struct TechnologyCheck: NodeCheck {
    package init() {}

    package func findings(_ departure: DepartureFacts, _ arrival: ArrivalFacts) -> [CheckFinding] {
        self.words(departure, arrival) + self.controlGroups(departure, arrival)
    }

    private func words(_ departure: DepartureFacts, _ arrival: ArrivalFacts) -> [CheckFinding] {
        switch departure.technologies {
        case .unreadable(let why): return [CheckFinding(.technologies, .technologies, why)]
        case .known(let words):
            let missing = words.filter { !arrival.node.technologies.contains($0) }
            guard !missing.isEmpty else { return [] }
            return [
                CheckFinding(
                    .technologies, .technologies, "TECHNOLOGIES", here: words.joined(separator: " "),
                    there: "no \(missing.joined(separator: ", no "))",
                    remedy: "load the kernel's module or install the tool there")
            ]
        }
    }

    private func controlGroups(_ departure: DepartureFacts, _ arrival: ArrivalFacts) -> [CheckFinding] {
        let (here, there) = (departure.node.controlGroupVersion, arrival.node.controlGroupVersion)
        guard departure.kind.isOnline, here != there else { return [] }
        return [
            CheckFinding(
                .technologies, .technologies, "the version of control groups, which its mounts refer to",
                here: "\(here)", there: "\(there)",
                remedy: "boot one of the servers with the other's, or move it without --online")
        ]
    }
}
