internal import ArgumentParser
internal import Glibc

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
