/// One comparison of what a container needs with what its destination has: a value without a server, so that each is
/// tested without one.
package protocol NodeCheck: Sendable {
    /// - Returns: what is in the way; empty if nothing is.
    func findings(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding]
}

/// All checks, in the order in which their findings are told.
package enum NodeChecks {
    package static let all: [any NodeCheck] = [
        ProcessorCheck(), CriuVersionCheck(), TechnologyCheck(), TemplateCheck(), DiskSpaceCheck(), MemoryCheck(),
        LicenceCheck(), RateCheck(), AddressCheck(), NameCheck(), BindMountCheck(), ScriptCheck(), ClockCheck(),
    ]

    /// - Parameters:
    ///   - source: the source's facts.
    ///   - destination: the destination's.
    ///   - keywords: the checks that `--nodeps` names.
    /// - Returns: what all of them have found.
    package static func report(
        _ source: SourceFacts, _ destination: DestinationFacts, waiving keywords: Set<CheckKeyword>
    ) -> CheckReport {
        CheckReport(self.all.flatMap { $0.findings(source, destination) }, waiving: keywords)
    }
}

/// What all checks together have found.
package struct CheckReport: Hashable, Sendable {
    package private(set) var failed: [CheckFinding]
    package private(set) var waived: [CheckFinding]

    package init(_ findings: [CheckFinding], waiving keywords: Set<CheckKeyword>) {
        func isWaived(_ finding: CheckFinding) -> Bool { finding.keyword.map(keywords.contains) ?? false }
        self.failed = findings.filter { !isWaived($0) }
        self.waived = findings.filter(isWaived)
    }

    /// Puts what was found before the checks in front.
    package mutating func putFirst(_ findings: [CheckFinding]) { self.failed = findings + self.failed }
}

/// A name belongs to one container.
package struct NameCheck: NodeCheck {
    package init() {}

    package func findings(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        guard !destination.nameHolders.isEmpty else { return [] }
        return [
            CheckFinding(
                .name, .nameConflict, "its NAME", there: "\(destination.nameHolders.joined(separator: ", ")) has it",
                remedy: "change one of the two")
        ]
    }
}

/// What is mounted into the container from outside of its private area does not travel.
package struct BindMountCheck: NodeCheck {
    package init() {}

    package func findings(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        guard !source.externalMounts.isEmpty else { return [] }
        let missing = destination.missingMounts
        return [
            CheckFinding(
                .bindMounts, .externalBindMount,
                "it mounts directories from outside of its private area, which would not travel with it",
                here: source.externalMounts.joined(separator: " "),
                there: missing.isEmpty ? "all exist" : "no \(missing.joined(separator: ", no "))",
                remedy: "copy them by hand, or take them out of config.json and BINDMOUNT")
        ]
    }
}

/// Scripts that the host runs for the container are not in its private area.
package struct ScriptCheck: NodeCheck {
    package init() {}

    package func findings(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        guard !source.scripts.isEmpty else { return [] }
        return [
            CheckFinding(
                .scripts, .actionScripts, "mount and action scripts, which would not travel with it",
                here: source.scripts.joined(separator: " "), remedy: "copy them to the destination by hand")
        ]
    }
}

/// The templates that the container was made from, where servers keep templates.
package struct TemplateCheck: NodeCheck {
    package init() {}

    package func findings(_ source: SourceFacts, _ destination: DestinationFacts) -> [CheckFinding] {
        switch source.templates {
        case .unreadable(let why): [CheckFinding(.templates, .templatesMissing, why)]
        case .known(let wanted): wanted.isEmpty ? [] : self.findings(wanted, source, destination)
        }
    }

    private func findings(
        _ wanted: [String], _ source: SourceFacts, _ destination: DestinationFacts
    ) -> [CheckFinding] {
        let names = wanted.joined(separator: " ")
        switch destination.templates {
        case nil:
            guard source.keepsTemplates else { return [] }
            return [self.finding(names, "vz.conf names no TEMPLATE", "set it there")]
        case .unreadable(let why): return [self.finding(names, "they cannot be read (\(why))", "mend that there")]
        case .known(let present):
            let missing = wanted.filter { !present.contains($0) }
            guard !missing.isEmpty else { return [] }
            return [
                self.finding(
                    names, "no \(missing.joined(separator: ", no "))", "install the template below TEMPLATE there")
            ]
        }
    }

    private func finding(_ here: String, _ there: String, _ remedy: String) -> CheckFinding {
        CheckFinding(
            .templates, .templatesMissing, "OSTEMPLATE and TEMPLATES", here: here, there: there, remedy: remedy)
    }
}
