import HandOver
import Synchronization
import Testing

extension Simulations {
    @Suite("Whatever fails, wherever, the container runs once and nothing is left over")
    struct ExhaustiveTests {
        static let kinds: [MigrationKind] = [
            .stopped, .restarted(starting: true), .restarted(starting: false), .online(.simple), .online(.iterative),
            .online(.lazy),
            .copied(whileRunning: false), .copied(whileRunning: true),
        ]

        @Test("Undisturbed", arguments: Self.kinds)
        func undisturbed(kind: MigrationKind) {
            let report = Scenario(kind: kind).run(keepsNotes: true)
            #expect(report.violations == [], "\(report.notes.joined(separator: "\n"))")
            #expect(report.points > 20)
        }

        @Test("Every fault at every point", arguments: Self.kinds)
        func once(kind: MigrationKind) {
            for keeps in [false, true] {
                let scenario = Scenario(kind: kind, keepsDestination: keeps, removesArea: keeps)
                let plans = (1...scenario.run().points).flatMap { point in Fault.all.map { [point: $0] } }
                Self.expect(scenario, plans, codec: keeps)
                print("simulated, \(kind): \(plans.count) faults, each at its point")
            }
        }

        @Test("Every death at every point, and another one at every point of the recovery", arguments: Self.kinds)
        func again(kind: MigrationKind) {
            let first = Fault.Victim.allCases.flatMap { [Fault.kill($0), .losePower($0)] }
            let scenario = Scenario(kind: kind)
            var plans: [[Int: Fault]] = []
            for point in 1...scenario.run().points {
                for fault in first {
                    var scenario = scenario
                    scenario.faults = FaultPlan([point: fault])
                    let points = scenario.run(codec: false).points
                    guard points > point else { continue }
                    for later in (point + 1)...points {
                        plans += [.kill(.both), .losePower(.both)].map { [point: fault, later: $0] }
                    }
                }
            }
            Self.expect(scenario, plans, codec: false)
            print("simulated, \(kind): \(plans.count) pairs of deaths")
        }

        static func expect(
            _ scenario: Scenario, _ plans: [[Int: Fault]], codec: Bool = true,
            hearing report: @escaping @Sendable (Scenario.Report) -> Void = { _ in }
        ) {
            let failed = Mutex<[FaultPlan]>([])
            Crew.run(plans.count) { number in
                var scenario = scenario
                scenario.faults = FaultPlan(plans[number])
                let outcome = scenario.run(codec: codec)
                report(outcome)
                if outcome.violations.isEmpty { return true }
                return failed.withLock { failed in
                    failed.append(scenario.faults)
                    return failed.count < 5
                }
            }
            for faults in failed.withLock(\.self) {
                var scenario = scenario
                scenario.faults = faults
                Issue.record("\(scenario.story)")
            }
        }
    }
}
