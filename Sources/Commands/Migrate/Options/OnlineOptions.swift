internal import ArgumentParser
internal import HandOver
internal import Supervisor

/// What goes with `--online`: the manual's four flags, which choose the type, and the rules between them; and how long
/// the container may stand still.
struct OnlineOptions: ParsableArguments {
    @Flag(help: "Move it running, with its memory and connections.")
    var online = false

    @Flag(help: "Most of the memory follows, fetched on demand.")
    var lazy = false

    @Flag(help: "No rounds: all memory while it is frozen.")
    var noiter = false

    @Flag(name: .customLong("require-realtime"), help: "Memory in rounds (iterative), or fail.")
    var requireRealtime = false

    @Option(help: ArgumentHelp("Rounds aim at so short a standstill; 300 if absent.", valueName: "ms"))
    var maxDowntime: Int?

    @Flag(help: "Take processor time from what writes too fast.")
    var autoConverge = false

    @Option(help: ArgumentHelp("Let it go on here when frozen for so long.", valueName: "s"))
    var freezeTimeout: Int?

    /// Whether any of them was given.
    var isAsked: Bool {
        self.online || self.lazy || self.noiter || self.requireRealtime || self.autoConverge
            || self.maxDowntime != nil || self.freezeTimeout != nil
    }

    /// The type that the flags ask for, or `nil` for a migration without `--online`.
    func request() throws(UsageError) -> OnlineType? {
        if let limit = self.freezeTimeout, !(1...3600).contains(limit) {
            throw UsageError("--freeze-timeout takes 1 to 3600 seconds, not \(limit)")
        }
        if let target = self.maxDowntime, !(1...3_600_000).contains(target) {
            throw UsageError("--max-downtime takes 1 to 3600000 milliseconds, not \(target)")
        }
        let request = try self.requestOfFlags()
        if request?.isIterative != true, let flag = self.flagOfRounds {
            throw UsageError("\(flag) can be used only together with --online, and not with --noiter")
        }
        return request
    }

    private func requestOfFlags() throws(UsageError) -> OnlineType? {
        guard self.online else {
            if let flag = self.flagsOfOnline.first {
                throw UsageError("\(flag) can be used only together with --online")
            }
            return nil
        }
        if self.noiter && self.requireRealtime {
            throw UsageError("--noiter and --require-realtime exclude each other")
        }
        return self.type
    }

    private var flagsOfOnline: [String] {
        [(self.lazy, "--lazy"), (self.noiter, "--noiter"), (self.requireRealtime, "--require-realtime")]
            .filter(\.0).map(\.1)
    }

    /// One that says how rounds go; `nil` where none was given.
    private var flagOfRounds: String? {
        self.maxDowntime != nil ? "--max-downtime" : self.autoConverge ? "--auto-converge" : nil
    }

    private var type: OnlineType {
        switch (self.lazy, self.noiter) {
        // The manual: --require-realtime forces the iterative type.
        case (_, false) where self.requireRealtime: .iterative
        case (false, false): .iterative
        case (false, true): .simple
        case (true, true): .lazy
        case (true, false): .lazyIterative
        }
    }
}
