import HandOver
import Synchronization
import Testing

extension Simulations {
    /// What a wrong word breaks, and nothing else: two copies may run, each over the disk that it has (a destination
    /// that was told to start what its source has taken back), or none is left to run (a source that was told to
    /// release what its destination has discarded).
    @Suite("Operators decide for a server that is gone, it comes back, and both report whatever does not agree")
    struct DecisionTests {
        /// On the source, on the destination, on both.
        static let words: [[Scenario.Decision]] = [
            [.init(node: 0, outcome: .committed)], [.init(node: 0, outcome: .aborted)],
            [.init(node: 1, outcome: .committed)], [.init(node: 1, outcome: .aborted)],
            [.init(node: 0, outcome: .committed), .init(node: 1, outcome: .aborted)],
            [.init(node: 0, outcome: .aborted), .init(node: 1, outcome: .committed)],
            [.init(node: 0, outcome: .committed), .init(node: 1, outcome: .committed)],
            [.init(node: 0, outcome: .aborted), .init(node: 1, outcome: .aborted)],
        ]

        /// After which each side may think that the other one is gone.
        static let partings: [Fault] =
            [.losePower(.source), .losePower(.destination), .losePower(.both), .kill(.source), .kill(.both)]
            + [.cut(silently: true), .message(.dropAnswer)]

        @Test(
            "At every point, whatever they say",
            arguments: [MigrationKind.online(.simple), .online(.lazy), .restarted(starting: true), .stopped])
        func decisions(kind: MigrationKind) {
            let contradicted = Atomic(0)
            var count = 0
            for words in Self.words {
                let scenario = Scenario(kind: kind, decisions: words)
                let points = scenario.run().points
                let plans = (1...points).flatMap { point in Self.partings.map { [point: $0] } }
                count += plans.count
                ExhaustiveTests.expect(scenario, plans, codec: kind == .stopped) { report in
                    if report.isContradicted { contradicted.add(1, ordering: .relaxed) }
                }
            }
            let disagreed = contradicted.load(ordering: .relaxed)
            #expect(disagreed > 0)
            print("simulated, \(kind): operators decided in \(count) runs; in \(disagreed) both sides reported them")
        }
    }
}
