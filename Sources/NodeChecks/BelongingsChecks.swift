package import AgentProtocol
package import MigrationModel

/// A name belongs to one container.
package struct NameCheck: NodeCheck {
    package init() {}

    package func findings(_ departure: DepartureFacts, _ arrival: ArrivalFacts) -> [CheckFinding] {
        guard !arrival.nameHolders.isEmpty else { return [] }
        return [
            CheckFinding(
                .name, .nameConflict, "its NAME", there: "\(arrival.nameHolders.joined(separator: ", ")) has it",
                remedy: "change one of the two")
        ]
    }
}

/// What is mounted into the container from outside of its private area does not travel.
package struct BindMountCheck: NodeCheck {
    package init() {}

    package func findings(_ departure: DepartureFacts, _ arrival: ArrivalFacts) -> [CheckFinding] {
        guard !departure.externalMounts.isEmpty else { return [] }
        let missing = arrival.missingMounts
        return [
            CheckFinding(
                .bindMounts, .externalBindMount,
                "it mounts directories from outside of its private area, which would not travel with it",
                here: departure.externalMounts.joined(separator: " "),
                there: missing.isEmpty ? "all exist" : "no \(missing.joined(separator: ", no "))",
                remedy: "copy them by hand, or take them out of config.json and BINDMOUNT")
        ]
    }
}

/// Scripts that the host runs for the container are not in its private area.
package struct ScriptCheck: NodeCheck {
    package init() {}

    package func findings(_ departure: DepartureFacts, _ arrival: ArrivalFacts) -> [CheckFinding] {
        guard !departure.scripts.isEmpty else { return [] }
        return [
            CheckFinding(
                .scripts, .actionScripts, "mount and action scripts, which would not travel with it",
                here: departure.scripts.joined(separator: " "), remedy: "copy them to the destination by hand")
        ]
    }
}
