internal import ArgumentParser
internal import HandOver
internal import Supervisor

/// Which checks are made, and whether anything comes after them.
struct CheckOptions: ParsableArguments {
    @Option(
        name: .customLong("nodeps"),
        help: ArgumentHelp(
            "Pass over checks that fail: all, or these (then it is not started there): "
                + "\(CheckKeyword.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "[word,...]"))
    var nodeps: [WaivedChecks] = []

    @Flag(name: .customShort("f"), help: "The same as --nodeps without keywords.")
    var waivesAll = false

    @Flag(help: "Check and say what would be done; change nothing.")
    var dryRun = false

    @Flag(help: "With --dry-run --online: prove that it can be dumped.")
    var trialDump = false

    /// Whether any of them was given.
    var isAsked: Bool { !self.nodeps.isEmpty || self.waivesAll || self.dryRun || self.trialDump }

    /// What `-f` and every `--nodeps` name together.
    var waivedChecks: Set<CheckKeyword> {
        self.nodeps.reduce(self.waivesAll ? WaivedChecks.all : []) { $0.union($1.keywords) }
    }

    /// What `--dry-run` asks for; `nil` for a migration that is meant.
    func dryRunMode(isOnline: Bool) throws(UsageError) -> MigrationRequest.DryRunMode? {
        if self.trialDump && !(self.dryRun && isOnline) {
            throw UsageError("--trial-dump can be used only together with --dry-run and --online")
        }
        return self.dryRun ? self.trialDump ? .withTrialDump : .plain : nil
    }
}

/// The value of one `--nodeps`: keywords with commas between them.
struct WaivedChecks: ExpressibleByArgument, Hashable, Sendable {
    static let all = Set(CheckKeyword.allCases)

    let keywords: Set<CheckKeyword>

    /// - Returns: `nil` for a keyword that is none.
    init?(argument: String) {
        var keywords: Set<CheckKeyword> = []
        for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
            if word == "all" {
                keywords = Self.all
            } else if let keyword = CheckKeyword(rawValue: String(word)) {
                keywords.insert(keyword)
            } else {
                return nil
            }
        }
        self.keywords = keywords
    }

    /// What the option is called with: its value is joined to it, or missing, which no other option's is. The value of
    /// no option may be empty, but --ssh without options asks for nothing: ArgumentParser would take the next word.
    static func spelledOut(_ arguments: [String]) throws(UsageError) -> [String] {
        let options = arguments.prefix { $0 != "--" }
        let known = (["all"] + CheckKeyword.allCases.map(\.rawValue)).joined(separator: ", ")
        for option in options where option.hasPrefix("--nodeps=") {
            let value = String(option.dropFirst("--nodeps=".count))
            guard Self(argument: value) != nil else {
                throw UsageError("--nodeps knows no '\(value)'; it takes \(known), with commas between them")
            }
        }
        for option in options where option.hasPrefix("--") && option.hasSuffix("=") && option != "--ssh=" {
            throw UsageError("\(option) is given without a value")
        }
        let words = options.filter { $0 != "--ssh=" }.map { $0 == "--nodeps" ? "--nodeps=all" : $0 }
        return words + arguments.dropFirst(options.count)
    }
}
