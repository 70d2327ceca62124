internal import ArgumentParser

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
