/// The types of an online migration, as `--online`, `--noiter` and `--lazy` ask for them.
package enum OnlineType: String, CaseIterable, Codable, Sendable {
    /// Memory is copied in rounds while the container runs, the rest while it is frozen.
    case iterative
    /// All of the memory is copied while the container is frozen.
    case simple
    /// Memory is fetched on demand after the container was switched over.
    case lazy
    /// Rounds first, the rest on demand.
    case lazyIterative = "lazy + iterative"
}

extension OnlineType {
    /// Whether memory is copied in rounds while the container runs.
    package var isIterative: Bool {
        switch self {
        case .iterative, .lazyIterative: true
        case .simple, .lazy: false
        }
    }
}

extension OnlineType {
    /// Whether post-copy fetches the rest of the memory.
    package var isLazy: Bool {
        switch self {
        case .lazy, .lazyIterative: true
        case .iterative, .simple: false
        }
    }

    /// The type that takes its place where post-copy cannot be done.
    package var withoutPostCopy: OnlineType { self.isIterative ? .iterative : .simple }
}

/// How a container travels.
package enum MigrationKind: Hashable, Sendable {
    /// It is stopped, and stays so.
    case stopped
    /// It runs, is synced while it runs, stopped, synced again, and started at the destination if `starting`.
    case restarted(starting: Bool)
    /// It runs, is frozen, and goes on at the destination.
    case online(OnlineType)
    /// `--readonly`: it stays where it is, and a stopped copy is registered at the destination.
    case copied(whileRunning: Bool)

    /// Whether the container's processes go along, memory and all.
    package var isOnline: Bool {
        if case .online = self { return true }
        return false
    }

    /// Whether its memory is copied in rounds while it runs.
    package var isIterative: Bool {
        if case .online(let type) = self { return type.isIterative }
        return false
    }

    /// Whether post-copy fetches the rest of its memory while it runs at the destination.
    package var isLazy: Bool {
        if case .online(let type) = self { return type.isLazy }
        return false
    }

    package var isCopy: Bool {
        if case .copied = self { return true }
        return false
    }

    /// Whether the container runs on the source when the migration begins.
    package var runsAtFirst: Bool {
        switch self {
        case .stopped: false
        case .restarted, .online: true
        case .copied(let whileRunning): whileRunning
        }
    }
}

extension MigrationKind: CustomStringConvertible {
    /// The type as it is reported to people and in the journal.
    package var description: String {
        switch self {
        case .stopped: "stopped"
        case .restarted(starting: true): "restart"
        case .restarted(starting: false): "restart, not started"
        case .online(let type): "online, \(type.rawValue)"
        case .copied(whileRunning: false): "copy"
        case .copied(whileRunning: true): "copy of a running file system"
        }
    }
}

extension MigrationKind: Codable, CaseIterable {
    package static var allCases: [Self] {
        [.stopped, .restarted(starting: true), .restarted(starting: false)] + OnlineType.allCases.map(Self.online)
            + [.copied(whileRunning: false), .copied(whileRunning: true)]
    }

    /// A kind is written as its description, in journals and messages too.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let kind = Self.allCases.first(where: { $0.description == text }) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no migration kind")
        }
        self = kind
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.description)
    }
}
