internal import ArgumentParser
internal import MigrationModel

/// Which checks are made, and whether anything comes after them.
struct CheckOptions: ParsableArguments {
    @Option(
        name: .customLong("nodeps"),
        help: ArgumentHelp(
            "Pass over checks that fail: all, or these (then it is not started there): "
                + "\(CheckKeyword.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "[word,...]"))
    var nodeps: [PassedChecks] = []

    @Flag(name: .customShort("f"), help: "The same as --nodeps without keywords.")
    var passesOverAll = false

    @Flag(help: "Check and say what would be done; change nothing.")
    var dryRun = false

    @Flag(help: "With --dry-run --online: prove that it can be dumped.")
    var trialDump = false

    /// Whether any of them was given.
    var isAsked: Bool { !self.nodeps.isEmpty || self.passesOverAll || self.dryRun || self.trialDump }

    /// What `-f` and every `--nodeps` name together.
    var passedChecks: Set<CheckKeyword> {
        self.nodeps.reduce(self.passesOverAll ? PassedChecks.all : []) { $0.union($1.keywords) }
    }

    /// What `--dry-run` asks for; `nil` for a migration that is meant.
    func rehearsal(isOnline: Bool) throws(UsageError) -> Intention.Rehearsal? {
        if self.trialDump && !(self.dryRun && isOnline) {
            throw UsageError("--trial-dump can be used only together with --dry-run and --online")
        }
        return self.dryRun ? self.trialDump ? .withTrialDump : .plain : nil
    }
}
