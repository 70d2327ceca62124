internal import ArgumentParser
internal import Glibc
internal import LabSupport

/// tools/torture: real kills on a lab of its own.
struct TortureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "torture",
        abstract: "Migrates containers between two servers on this machine and kills what takes part, at every event.",
        discussion: """
            Every event of a stopped, a warm and each type of live migration is struck by every fault, in an order \
            that the seed gives, then random ones, until the minutes are over. Ends with 1 if anything was not as it \
            should be.
            """)

    @Option(help: "How long; a round that has begun is ended.")
    var minutes = 10.0

    @Option(help: "The order of the points; the same seed brings the same ones.")
    var seed: UInt64 = .random(in: 0..<1_000_000)

    @Option(help: "The number of the first round that is carried out.")
    var from = 1

    @Option(help: "How many rounds at most.")
    var rounds = Int.max

    @Option(help: "Only points with this in their description; may be given again.")
    var matching: [String] = []

    @Flag(help: "Leave the lab up, to look at it; tools/torture without it takes it down.")
    var keep = false

    func run() throws {
        let campaign = Campaign(
            Campaign.Limits(
                seed: self.seed, minutes: self.minutes, firstRound: self.from, rounds: self.rounds,
                words: self.matching))
        Interruption.summarize(campaign)
        defer { if !self.keep { Self.down() } }
        try TortureLab.up()
        try campaign.run()
        print(campaign.summary)
        if campaign.violations > 0 { throw ExitCode(1) }
    }

    private static func down() {
        do { try TortureLab.down() } catch { print("\(error)") }
    }
}
