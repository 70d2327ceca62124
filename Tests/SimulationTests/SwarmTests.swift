import Foundation
import HandOver
import Synchronization
import Testing
import TestSupport

extension Simulations {
    @Suite("Migrations with faults drawn at random, each run to be had again by its seed")
    struct SwarmTests {
        /// `VZMIGRATE_SEED` begins elsewhere; with `VZMIGRATE_RUNS=1` it is one run, told in full.
        static let firstSeed = UInt64(Self.variable("VZMIGRATE_SEED") ?? "") ?? 1
        static let runs = UInt64(Self.variable("VZMIGRATE_RUNS") ?? "") ?? 200_000

        @Test("Not one of them ends wrong", .timeLimit(.minutes(10)))
        func swarm() {
            let start = ContinuousClock.now
            let failed = Mutex<[UInt64]>([])
            Crew.run(Int(Self.runs)) { number in
                let seed = Self.firstSeed + UInt64(number)
                if Self.scenario(seed).run(codec: false).violations.isEmpty { return true }
                return failed.withLock { failed in
                    failed.append(seed)
                    return failed.count < 3
                }
            }
            let seconds = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1000
            let rate = Int(Double(Self.runs) / max(seconds, 0.001))
            print("simulated migrations: \(Self.runs) in \(seconds) s, \(rate) a second, seeds from \(Self.firstSeed)")
            for seed in failed.withLock(\.self).sorted() { Self.report(seed) }
        }

        /// Everything about a run follows from its seed.
        static func scenario(_ seed: UInt64) -> Scenario {
            var generator = SeededGenerator(seed: seed)
            let kind = Simulations.ExhaustiveTests.kinds.randomElement(using: &generator) ?? .stopped
            var scenario = Scenario(
                kind: kind, keepsDestination: Bool.random(using: &generator),
                removesArea: Bool.random(using: &generator))
            scenario.wasDisabled = Int.random(in: 0..<8, using: &generator) == 0
            if Int.random(in: 0..<4, using: &generator) == 0 {
                scenario.race = Int.random(in: -40...40, using: &generator)
            }
            if !kind.isCopy { Self.add(to: &scenario, from: &generator) }
            scenario.sharesStorage = Int.random(in: 0..<4, using: &generator) == 0
            if Int.random(in: 0..<12, using: &generator) == 0 {
                scenario.rescue = Int.random(in: 0...40, using: &generator)
            }
            scenario.hasElder = Int.random(in: 0..<64, using: &generator) == 0
            scenario.faults = FaultPlan(upTo: 80 + 90 * scenario.moves.count, from: &generator)
            return scenario
        }

        private static func add(to scenario: inout Scenario, from generator: inout SeededGenerator) {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0, 1:
                scenario.moves = JourneyTests.journeys.randomElement(using: &generator)?.moves ?? scenario.moves
                scenario.isPatient = Bool.random(using: &generator)
            case 2: scenario.decisions = DecisionTests.words.randomElement(using: &generator) ?? []
            default: break
            }
        }

        private static func report(_ seed: UInt64) {
            Issue.record("VZMIGRATE_SEED=\(seed): \(Self.scenario(seed).story)")
        }

        private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    }
}
