import HandOver
import Synchronization
import Testing

extension Simulations {
    @Suite("An order that is wrong is caught: the simulator can fail")
    struct SabotageTests {
        @Test(
            "Caught",
            arguments: [
                (Sabotage.sourceThawsAfterDecision, "two copies run"),
                (.destinationResumesBeforeCommit, "before COMMIT"),
                (.journalUnforced, "two copies run"),
                (.voteBeforeDurable, "torn"),
                (.noFence, "anybody may start"),
            ])
        func caught(sabotage: Sabotage, words: String) {
            var scenario = Scenario(kind: .online(.simple), sabotage: sabotage)
            let points = scenario.run().points
            var violations: Set<String> = []
            for point in 1...points {
                for fault in Fault.all {
                    scenario.faults = FaultPlan([point: fault])
                    violations.formUnion(scenario.run(codec: false).violations)
                }
            }
            #expect(violations.contains { $0.contains(words) }, "\(violations)")
        }

        /// Where it takes two faults to see that nobody is left who ends what a dead process has begun.
        @Test(
            "A guardian that leaves too early is caught, and ours does not",
            arguments: [Sabotage.guardianLeaves, .unknownPostIsTaken, .unknownLockIsHeld])
        func unguarded(sabotage: Sabotage) {
            var scenario = Scenario(kind: .online(.simple), hasElder: sabotage == .guardianLeaves)
            let plans = (1...scenario.run().points).flatMap { Self.plans(sabotage, from: $0) }
            ExhaustiveTests.expect(scenario, plans, codec: false)
            scenario.sabotage = sabotage
            let violations = Mutex<Set<String>>([])
            Crew.run(plans.count) { [scenario] number in
                var scenario = scenario
                scenario.faults = FaultPlan(plans[number])
                let found = scenario.run(codec: false).violations
                violations.withLock { $0.formUnion(found) }
                return true
            }
            let found = violations.withLock(\.self)
            #expect(found.contains { $0.contains("nobody guards it") }, "\(found)")
            print(
                "simulated, \(sabotage): \(plans.count) pairs of faults, \(found.count) violations: \(found.sorted())")
        }

        private static func plans(_ sabotage: Sabotage, from point: Int) -> [[Int: Fault]] {
            switch sabotage {
            // What the guardian finds fails at its first look, while the one that has the post looks a last time.
            case .guardianLeaves: (1...12).map { [point: .killWorker, point + $0: .failure] }
            case .unknownPostIsTaken: [[point: .failLocks, point + 1: .killWorker]]
            case .unknownLockIsHeld: (1...6).map { [point: .kill(.both), point + $0: .failLocks] }
            default: []
            }
        }

        @Test("The same seed is the same run")
        func repeatable() {
            for seed: UInt64 in 1...200 {
                let scenario = Simulations.SwarmTests.scenario(seed)
                #expect(scenario.run(keepsNotes: true).notes == scenario.run(keepsNotes: true).notes)
            }
        }
    }
}
