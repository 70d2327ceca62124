import HandOver
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

        @Test("The same seed is the same run")
        func repeatable() {
            for seed: UInt64 in 1...200 {
                let scenario = Simulations.SwarmTests.scenario(seed)
                #expect(scenario.run(keepsNotes: true).notes == scenario.run(keepsNotes: true).notes)
            }
        }
    }
}
