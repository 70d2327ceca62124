import HandOver
import Testing

extension Simulations {
    @Suite("A container moves twice, and whatever fails in either move, it runs once and nothing is left over")
    struct JourneyTests {
        /// Where it goes, for people too.
        struct Journey: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let moves: [Scenario.Move]

            init(_ words: String, _ moves: Scenario.Move...) {
                self.testDescription = words
                self.moves = moves
            }
        }

        static let journeys = [
            Journey("there and back", .init(from: 0, to: 1), .init(from: 1, to: 0)),
            Journey("on to a third server", .init(from: 0, to: 1), .init(from: 1, to: 2)),
            Journey("sent twice to one server", .init(from: 0, to: 1), .init(from: 0, to: 1)),
            Journey("sent to one server, then to another", .init(from: 0, to: 1), .init(from: 0, to: 2)),
            Journey("under a new id", .init(from: 0, to: 1, newID: "202")),
            Journey(
                "under a new id, and back", .init(from: 0, to: 1, newID: "202"), .init(from: 1, to: 0, newID: "303")),
            Journey("under one new id, then another", .init(from: 0, to: 1, newID: "202"), .init(from: 0, to: 1)),
        ]

        static let kinds: [MigrationKind] = [.online(.simple), .online(.lazy), .restarted(starting: true), .stopped]

        @Test("Every fault at every point of both moves", arguments: Self.journeys, Self.kinds)
        func once(journey: Journey, kind: MigrationKind) {
            for isPatient in journey.moves.count > 1 ? [false, true] : [false] {
                let scenario = Scenario(
                    kind: kind, keepsDestination: isPatient, moves: journey.moves, isPatient: isPatient)
                let plans = (1...scenario.run().points).flatMap { point in Fault.all.map { [point: $0] } }
                ExhaustiveTests.expect(scenario, plans, codec: false)
                print("simulated, \(kind), \(journey.testDescription): \(plans.count) faults, each at its point")
            }
        }

        /// The first command is typed again, in case that it came to nothing; so there is always one back.
        @Test("A death at every point of the first move, and a loss of all power at every one of the second")
        func both() {
            let there = Scenario.Move(from: 0, to: 1)
            let scenario = Scenario(
                kind: .online(.simple), moves: [there, there, .init(from: 1, to: 0)], isPatient: true)
            let end = Scenario(kind: .online(.simple)).run().points
            var plans: [[Int: Fault]] = []
            for point in 1...end {
                for first in [Fault.kill(.both), .losePower(.both)] {
                    var struck = scenario
                    struck.faults = FaultPlan([point: first])
                    let points = struck.run(codec: false).points
                    guard points > end else { continue }
                    plans += ((end + 1)...points).map { [point: first, $0: .losePower(.both)] }
                }
            }
            ExhaustiveTests.expect(scenario, plans, codec: false)
            print("simulated, there and back: \(plans.count) pairs of deaths, one in each move")
        }

        @Test("A container that says DISABLED says so afterwards, and no other does", arguments: ExhaustiveTests.kinds)
        func disabled(kind: MigrationKind) {
            let scenario = Scenario(kind: kind, wasDisabled: true)
            let plans = (1...scenario.run().points).flatMap { point in Fault.all.map { [point: $0] } }
            ExhaustiveTests.expect(scenario, plans, codec: false)
        }

        @Test(
            "A guardian takes over while the command is typed again, before it, with it and after it, and --recover too"
        )
        func race() {
            var count = 0
            for (turns, rescue) in [(-30, nil), (-9, 3), (-2, 0), (0, nil), (1, 1), (4, 20), (12, 2), (30, 40)] {
                let scenario = Scenario(
                    kind: .online(.simple), moves: Self.journeys[0].moves, isPatient: true, race: turns,
                    rescue: rescue)
                let plans = (1...scenario.run().points).flatMap { point in Fault.all.map { [point: $0] } }
                count += plans.count
                ExhaustiveTests.expect(scenario, plans, codec: false)
            }
            print("simulated, guardian, command and operator race: \(count) faults, each at its point")
        }
    }
}
