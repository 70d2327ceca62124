import HandOver
import Synchronization
import Testing

extension Simulations {
    @Suite("The one area of a storage that is shared is handed over, whatever fails, and nobody ever touches it")
    struct SharedStorageTests {
        static let kinds: [MigrationKind] = [
            .stopped, .restarted(starting: true), .restarted(starting: false), .online(.simple), .online(.iterative),
        ]

        private static func scenario(_ kind: MigrationKind) -> Scenario {
            var scenario = Scenario(kind: kind)
            scenario.sharesStorage = true
            return scenario
        }

        private static func plans(of scenario: Scenario, _ faults: [Fault] = Fault.all) -> [[Int: Fault]] {
            (1...scenario.run().points).flatMap { point in faults.map { [point: $0] } }
        }

        @Test("Undisturbed it moves", arguments: Self.kinds)
        func undisturbed(kind: MigrationKind) {
            let report = Self.scenario(kind).run(keepsNotes: true)
            #expect(report.violations == [], "\(report.notes.joined(separator: "\n"))")
            #expect(report.notes.contains("vzmigrate: completed"), "\(report.notes)")
            let plans = report.journals.filter { $0.contains("planned(") || $0.contains("accepted(") }
            #expect(plans.count == 2 && plans.allSatisfy { $0.contains("sharesStorage: true") }, "\(plans)")
        }

        @Test("Every fault at every point", arguments: Self.kinds)
        func once(kind: MigrationKind) {
            for removes in [false, true] {
                var scenario = Self.scenario(kind)
                (scenario.removesArea, scenario.keepsDestination) = (removes, removes)
                let plans = Self.plans(of: scenario)
                ExhaustiveTests.expect(scenario, plans, codec: removes)
                print("simulated, \(kind), shared storage: \(plans.count) faults, each at its point")
            }
        }

        @Test("Every death at every point, and another one at every point of the recovery", arguments: Self.kinds)
        func again(kind: MigrationKind) {
            let first = Fault.Victim.allCases.flatMap { [Fault.kill($0), .losePower($0)] }
            let scenario = Self.scenario(kind)
            var plans: [[Int: Fault]] = []
            for plan in Self.plans(of: scenario, first) {
                var scenario = scenario
                scenario.faults = FaultPlan(plan)
                let (points, point) = (scenario.run(codec: false).points, scenario.faults.last)
                guard points > point else { continue }
                for later in (point + 1)...points {
                    plans += [.kill(.both), .losePower(.both)].map { plan.merging([later: $0]) { $1 } }
                }
            }
            ExhaustiveTests.expect(scenario, plans, codec: false)
            print("simulated, \(kind), shared storage: \(plans.count) pairs of deaths")
        }

        @Test(
            "There and back, on to a third server, and every fault at every point of both moves",
            arguments: JourneyTests.journeys, [MigrationKind.online(.simple), .restarted(starting: true), .stopped])
        func journeys(journey: JourneyTests.Journey, kind: MigrationKind) {
            for isPatient in [false, true] {
                var scenario = Self.scenario(kind)
                (scenario.moves, scenario.isPatient) = (journey.moves, isPatient)
                ExhaustiveTests.expect(scenario, Self.plans(of: scenario), codec: false)
            }
        }

        @Test("Operators decide, and no old memory runs over a newer disk", arguments: Self.kinds)
        func decisions(kind: MigrationKind) {
            for words in DecisionTests.words {
                var scenario = Self.scenario(kind)
                scenario.decisions = words
                ExhaustiveTests.expect(scenario, Self.plans(of: scenario, DecisionTests.partings), codec: false)
            }
        }

        @Test("Its memory does not follow it")
        func withoutPostCopy() {
            let report = Self.scenario(.online(.lazy)).run(keepsNotes: true)
            #expect(report.violations == [])
            let plans = report.journals.filter { $0.contains("planned(") || $0.contains("accepted(") }
            #expect(plans.count == 2 && plans.allSatisfy { $0.contains("kind: online, simple") }, "\(plans)")
        }

        @Test("A copy and a new id are refused: it stays where it is", arguments: [true, false])
        func refused(isCopy: Bool) {
            var scenario = Self.scenario(isCopy ? .copied(whileRunning: false) : .online(.simple))
            if !isCopy { scenario.moves = [.init(from: 0, to: 1, newID: "202")] }
            let report = scenario.run(keepsNotes: true)
            #expect(report.violations == [])
            #expect(report.journals.count == 2 && report.journals.last?.contains("interrupted") == true)
        }

        @Test(
            "A destination that touches what it was only shown is caught",
            arguments: [
                (Sabotage.discardLowersFence, "the one area is open"), (.discardRemovesArea, "the one area was made"),
            ])
        func caught(sabotage: Sabotage, words: String) {
            var scenario = Self.scenario(.online(.simple))
            scenario.sabotage = sabotage
            var violations: Set<String> = []
            for plan in Self.plans(of: scenario) {
                scenario.faults = FaultPlan(plan)
                violations.formUnion(scenario.run(codec: false).violations)
            }
            #expect(violations.contains { $0.contains(words) }, "\(violations)")
        }
    }
}
