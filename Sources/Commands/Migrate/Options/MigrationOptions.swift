internal import ArgumentParser
internal import Glibc
internal import HandOver

/// What is to be at either end once the container has moved.
struct MigrationOptions: ParsableArguments {
    @Flag(
        name: [.customShort("s"), .customLong("nostart")], help: "Do not start the container at the destination.")
    var nostart = false

    @Option(
        name: [.customShort("r"), .customLong("remove-area")],
        help: ArgumentHelp(
            "Remove area and configuration at the source, or rename them to .migrated (over REMOVEMIGRATED).",
            valueName: "yes|no"))
    var removeArea: RemoveArea?

    @Flag(help: "Copy only: change nothing at the source.")
    var readonly = false

    @Option(help: ArgumentHelp("Move so many at once; 1 keeps the list's order.", valueName: "n"))
    var jobs = 1

    /// Whether any of them was given.
    var isAsked: Bool { self.nostart || self.removeArea != nil || self.readonly || self.jobs != 1 }

    /// What one migration has open where it needs the most: four sessions of five pipes' ends, a socket and more each.
    private static let filesOfOne = 32
    /// What the process has open beside that.
    private static let files = 64

    func checkedJobs() throws(UsageError) -> Int {
        guard (1...64).contains(self.jobs) else { throw UsageError("--jobs takes 1 to 64, not \(self.jobs)") }
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return self.jobs }
        let needed = rlim_t(Self.files + self.jobs * Self.filesOfOne)
        // Not raised by us: a container that is started inherits it.
        guard self.jobs == 1 || needed <= limit.rlim_cur else {
            throw UsageError(
                "--jobs \(self.jobs) needs \(needed) open files, and this process may have \(limit.rlim_cur); run "
                    + "ulimit -n \(needed) before it, or take fewer")
        }
        return self.jobs
    }
}

/// The value of `--remove-area`.
enum RemoveArea: String, ExpressibleByArgument, CaseIterable, Sendable {
    case yes
    case no
}

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

/// What is said, and to whom.
struct OutputOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "JSON lines for programs, one record an event.")
    var batch = false

    @Flag(name: .shortAndLong, help: "Outcomes and complaints alone.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Every state that a migration comes to.")
    var verbose = false

    /// - Throws: where more than one is asked for.
    func listener() throws(UsageError) -> Output.Listener {
        switch (self.batch, self.quiet, self.verbose) {
        case (false, false, false): return .people(.normal)
        case (true, false, false): return .program
        case (false, true, false): return .people(.quiet)
        case (false, false, true): return .people(.verbose)
        default: throw UsageError("--batch, --quiet and --verbose exclude each other")
        }
    }
}
