import HandOver
import Testing
import TestSupport

@Suite("Rounds over the memory go on while they bring the downtime down, and no longer")
struct MemoryRoundTests {
    /// Rounds of so many milliseconds over 512 MiB.
    static func rounds(_ milliseconds: UInt64...) -> [MemoryRound] {
        milliseconds.map {
            MemoryRound(
                tracking: .content, pages: 131_072, sentPages: $0, wireBytes: $0, duration: .milliseconds($0))
        }
    }

    @Test("Without rounds, or after one, nothing is known, so there is another")
    func knowsNothing() {
        #expect(DowntimePrediction(after: []) == nil)
        #expect(DowntimePrediction(after: Self.rounds(1500)) == nil)
        #expect([MemoryRound]().areWorthAnother(maxDowntime: .seconds(1_000_000), autoConverges: false))
        #expect(Self.rounds(1500).areWorthAnother(maxDowntime: .seconds(1_000_000), autoConverges: false))
    }

    @Test("They end when the prediction is within the target")
    func target() throws {
        let rounds = Self.rounds(1500, 200)
        let predicted = try #require(DowntimePrediction(after: rounds)).duration
        #expect(!rounds.areWorthAnother(maxDowntime: predicted, autoConverges: true))
        #expect(rounds.areWorthAnother(maxDowntime: predicted - .nanoseconds(1), autoConverges: false))
    }

    @Test("They end when a round is not a tenth shorter than the one before")
    func converged() {
        #expect(Self.rounds(1500, 200, 179).areWorthAnother(maxDowntime: .nanoseconds(1), autoConverges: false))
        #expect(!Self.rounds(1500, 200, 181).areWorthAnother(maxDowntime: .nanoseconds(1), autoConverges: false))
        #expect(!Self.rounds(1500, 3000).areWorthAnother(maxDowntime: .nanoseconds(1), autoConverges: false))
    }

    @Test("They end at the limit of rounds, however well they go")
    func limit() {
        var rounds: [MemoryRound] = []
        while rounds.areWorthAnother(maxDowntime: .nanoseconds(1), autoConverges: false) {
            rounds += Self.rounds(1 << (40 - UInt64(rounds.count)))
            guard rounds.count < 100 else { break }
        }
        #expect(rounds.count == 12)
    }

    @Test("A container that writes as fast as we send is throttled step by step, and no further than to a tenth")
    func throttles() {
        var (rounds, taken) = (Self.rounds(1500, 1500), [Int]())
        while rounds.areWorthAnother(maxDowntime: .nanoseconds(1), autoConverges: true), taken.count < 20 {
            let throttle = rounds.nextThrottle(autoConverges: true)
            taken.append(throttle ?? 0)
            rounds += Self.rounds(1500)
            rounds[rounds.count - 1].throttle = throttle
        }
        #expect(taken == [20, 30, 40, 50, 60, 70, 80, 90])
        #expect(Self.rounds(1500, 1500).nextThrottle(autoConverges: false) == nil)
        // While it gets better nothing more is taken.
        var better = [rounds[2]] + Self.rounds(700)
        better[1].throttle = 20
        #expect(better.nextThrottle(autoConverges: true) == 20)
    }

    @Test("What goes side by side is counted once, and the parts are those that are reported")
    func parts() throws {
        var rounds = Self.rounds(1500, 200)
        rounds[1].fileDuration = .milliseconds(700)
        let prediction = try #require(DowntimePrediction(after: rounds))
        let sum = prediction.parts.reduce(Duration.zero) { $0 + $1.duration }
        // The memory, and the images of one process, beside the files.
        #expect(sum - prediction.duration == .microseconds(200_800))
        #expect(prediction.parts.map(\.name).contains("last file pass"))
    }

    @Test("Only an iterative migration has rounds", arguments: MigrationKind.allCases)
    func kinds(kind: MigrationKind) throws {
        var migration = try SourceMigration(startingWith: .planned(.example(kind: kind)))
        var steps: [SourceStep] = []
        while let step = migration.nextStep, migration.phase != .frozen, migration.phase != .restored {
            steps.append(step)
            try migration.apply(.success(of: step))
        }
        #expect(steps.contains(.iterateMemory) == kind.isIterative, "\(steps)")
        #expect(migration.history.rounds.count == steps.filter { $0 == .iterateMemory }.count)
    }
}
