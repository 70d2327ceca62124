internal import ArgumentParser
internal import MigrationModel

/// What becomes of a migration that fails, and of what dead processes left.
struct FailureOptions: ParsableArguments {
    @Flag(name: .customLong("keep-dst"), help: "If it fails, keep the synced area at the destination.")
    var keepDestination = false

    @Flag(help: "End what dead processes left unfinished here.")
    var recover = false

    @Option(help: ArgumentHelp("With --recover CT: decide for a server that is gone.", valueName: "outcome"))
    var assume: AssumedOutcome?

    @Option(help: ArgumentHelp("With --assume: why, kept in the journal for ever.", valueName: "text"))
    var because: String?

    /// The guardian's own option: wait for the end of this process first.
    @Option(name: .customLong("guard"), help: .private)
    var guardedProcess: Int32?
}

/// The value of `--assume`.
enum AssumedOutcome: String, ExpressibleByArgument, CaseIterable, Sendable {
    case committed
    case aborted

    var outcome: OperatorDecision.Outcome {
        switch self {
        case .committed: .committed
        case .aborted: .aborted
        }
    }
}
