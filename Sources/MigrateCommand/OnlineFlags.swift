internal import MigrationModel

/// The four flags of the manual that choose the type of an online migration, and the rules between them.
struct OnlineFlags: Hashable, Sendable {
    var online = false
    var lazy = false
    var noiter = false
    var requireRealtime = false

    /// What the flags ask for.
    struct Request: Hashable, Sendable {
        let type: OnlineType
        /// Whether another type may take its place where this one cannot be carried out.
        let allowsFallback: Bool
    }

    /// The request, or `nil` for a migration without `--online`.
    func request() throws(UsageError) -> Request? {
        guard self.online else {
            if let flag = self.flagsOfOnline.first {
                throw UsageError("\(flag) can be used only together with --online")
            }
            return nil
        }
        if self.noiter && self.requireRealtime {
            throw UsageError("--noiter and --require-realtime exclude each other")
        }
        return Request(type: self.type, allowsFallback: !self.requireRealtime)
    }

    private var flagsOfOnline: [String] {
        [(self.lazy, "--lazy"), (self.noiter, "--noiter"), (self.requireRealtime, "--require-realtime")]
            .filter(\.0).map(\.1)
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

/// A command line that cannot be obeyed: exit 1, and nothing was touched.
struct UsageError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
