package import AgentProtocol
package import MigrationModel

/// One comparison of what a container needs with what its destination has: a value without a server, so that each is
/// tested without one.
package protocol NodeCheck: Sendable {
    /// - Returns: what is in the way; empty if nothing is.
    func findings(_ departure: DepartureFacts, _ arrival: ArrivalFacts) -> [CheckFinding]
}

/// All checks, in the order in which their findings are told.
package enum NodeChecks {
    package static let all: [any NodeCheck] = [
        ProcessorCheck(), CriuVersionCheck(), TechnologyCheck(), TemplateCheck(), DiskSpaceCheck(), MemoryCheck(),
        LicenceCheck(), RateCheck(), AddressCheck(), NameCheck(), BindMountCheck(), ScriptCheck(), ClockCheck(),
    ]

    /// - Parameters:
    ///   - departure: the source's facts.
    ///   - arrival: the destination's.
    ///   - passed: the checks that were asked to be passed over.
    /// - Returns: what all of them have found.
    package static func report(
        _ departure: DepartureFacts, _ arrival: ArrivalFacts, passingOver passed: Set<CheckKeyword>
    ) -> CheckReport {
        CheckReport(self.all.flatMap { $0.findings(departure, arrival) }, passingOver: passed)
    }
}

/// What all checks together have found.
package struct CheckReport: Hashable, Sendable {
    package private(set) var failed: [CheckFinding]
    package private(set) var passedOver: [CheckFinding]

    package init(_ findings: [CheckFinding], passingOver passed: Set<CheckKeyword>) {
        func isPassed(_ finding: CheckFinding) -> Bool { finding.keyword.map(passed.contains) ?? false }
        self.failed = findings.filter { !isPassed($0) }
        self.passedOver = findings.filter(isPassed)
    }

    /// Puts what was found before the checks in front.
    package mutating func putFirst(_ findings: [CheckFinding]) { self.failed = findings + self.failed }
}
