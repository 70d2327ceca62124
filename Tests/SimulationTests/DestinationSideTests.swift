import HandOver
import Journal
import Synchronization
import Testing

extension Simulations {
    @Suite("A destination whose source is gone for good goes as far as it may by itself, and no further")
    struct DestinationSideTests {
        /// Where its journal left it, and where its own recovery takes it, the first time and ever after.
        static let ends: [String: Set<String>] = [
            "accepted": ["aborted"],
            "prepared": ["prepared"],
            "committed": ["completed", "handedBack"],
            "resumed": ["completed"],
            "handedBack": ["handedBack"],
            "aborting": ["aborted"],
            "discarding": ["discarded"],
            "discarded": ["discarded"],
            "aborted": ["aborted"],
            "completed": ["completed"],
        ]

        /// The same where memory follows: it waits for pages, or for an operator once it has lost them.
        static let lazyEnds = ends.merging(
            [
                "committed": ["completed", "handedBack", "resumed", "committed"],
                "resumed": ["resumed", "committed", "completed"],
            ]
        ) { $1 }

        @Test("Also after a deed that failed", arguments: ExhaustiveTests.kinds)
        func alone(kind: MigrationKind) {
            let scenario = Scenario(kind: kind)
            let points = scenario.run().points
            var plans = (1...points).flatMap { point in [Fault.kill(.both), .losePower(.both)].map { [point: $0] } }
            // A deed of the agent fails, and all die before anybody hears more of it.
            for point in 1..<points { plans += (1...12).map { [point: .failure, point + $0: .kill(.both)] } }
            let met = self.expect(scenario, plans)
            #expect(met.isSuperset(of: ["accepted", "aborting", "prepared", "committed", "resumed"]), "\(met)")
        }

        @Test("An operator's word is carried out, however often a deed of it fails")
        func discarding() {
            let scenario = Scenario(kind: .online(.simple), decisions: [.init(node: 1, outcome: .aborted)])
            let points = scenario.run().points
            let plans = (1...points).flatMap { point in
                (1...12).map { [point: Fault.kill(.both), point + $0: .failure] }
            }
            let met = self.expect(scenario, plans)
            #expect(met.isSuperset(of: ["discarding", "discarded"]), "\(met)")
        }

        private func expect(_ scenario: Scenario, _ plans: [[Int: Fault]]) -> Set<String> {
            let met = Mutex<Set<String>>([])
            let wrong = Mutex<[String]>([])
            Crew.run(plans.count) { number in
                var scenario = scenario
                scenario.faults = FaultPlan(plans[number])
                let stands = scenario.runWithoutSource()
                guard let first = stands.first else { return true }
                met.withLock { _ = $0.insert(first.state) }
                let ends = (scenario.kind.isLazy ? Self.lazyEnds : Self.ends)[first.state] ?? []
                // The first recovery may be struck too.
                let isRight = stands.dropFirst(2).allSatisfy { ends.contains($0.state) && $0 == stands[2] }
                if isRight { return true }
                return wrong.withLock { wrong in
                    wrong.append("\(scenario.faults): \(stands)")
                    return wrong.count < 5
                }
            }
            #expect(wrong.withLock(\.self) == [])
            return met.withLock(\.self)
        }
    }
}

/// Where a migration stands in a journal.
struct Standing: Hashable, Sendable {
    let state: String
    let rows: Int
}

extension Scenario {
    /// The source is gone for good after the command: where the migration stood in the destination's journal then, and
    /// after each of three recoveries there. Empty if it never came to be known there.
    func runWithoutSource() -> [Standing] {
        SimulationThread.run { thread in
            let world = World(self.faults, on: thread, kind: self.kind, sabotage: nil, codec: false, keepsNotes: false)
            return await ScenarioRun(self, in: world).playWithoutSource()
        }
    }
}

extension ScenarioRun {
    func playWithoutSource() async -> [Standing] {
        defer { self.world.end() }
        let (source, destination) = (self.world.nodes[0], self.world.nodes[1])
        await self.command(self.scenario.moves[0])
        source.losePower()
        await self.orphans(hours: true)
        for decision in self.scenario.decisions {
            await self.assume(OperatorDecision(decision.outcome, because: "it burnt"), on: destination)
        }
        func stand() -> Standing? {
            destination.journal.rows.last { $0.role == .destination }.map {
                Standing(state: $0.state, rows: destination.journal.rows.count)
            }
        }
        guard var stands = stand().map({ [$0] }) else { return [] }
        for _ in 0..<3 {
            await self.recover(destination)
            if let stand = stand() { stands.append(stand) }
        }
        return stands
    }
}
