internal import ArgumentParser

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

    func checkedJobs() throws(UsageError) -> Int {
        guard (1...64).contains(self.jobs) else { throw UsageError("--jobs takes 1 to 64, not \(self.jobs)") }
        return self.jobs
    }
}

/// The value of `--remove-area`.
enum RemoveArea: String, ExpressibleByArgument, CaseIterable, Sendable {
    case yes
    case no
}
