internal import HandOver
internal import Source

/// What one migration is at, on one line; what matters least stands last, where a narrow terminal cuts it off.
struct ProgressLine {
    private let migration: SourceMigration
    private let standing: TransferStanding
    private let bytesPerSecond: UInt64

    init(of migration: SourceMigration, _ standing: TransferStanding, bytesPerSecond: UInt64) {
        self.migration = migration
        self.standing = standing
        self.bytesPerSecond = bytesPerSecond
    }

    var text: String {
        var parts = ["CT \(self.migration.plan.container)", self.work]
        if let frozen = self.standing.frozen { parts.append("stands still for \(frozen.wholeMilliseconds) ms") }
        if let percent = self.percent { parts.append("\(percent) %") }
        parts += ["\(Self.amount(self.bytesPerSecond))/s", Self.amount(self.standing.wireBytes)]
        if let seconds = self.secondsLeft {
            parts.append("\(seconds / 60):\(String(100 + seconds % 60).dropFirst()) left")
        }
        return parts.joined(separator: "  ")
    }

    var record: BatchRecord {
        var record = BatchRecord(.progress, ct: "\(self.migration.plan.container)")
        (record.migration, record.phase) = ("\(self.migration.migration)", self.migration.phase.rawValue)
        (record.bytes, record.wireBytes) = (self.standing.rawBytes, self.standing.wireBytes)
        (record.bytesPerSecond, record.percent) = (self.bytesPerSecond, self.percent)
        record.frozenMilliseconds = self.standing.frozen?.wholeMilliseconds
        return record
    }

    private var work: String {
        switch self.migration.nextStep {
        case .checkNodes: "checks"
        case .openDestination, .raiseFence: "opens"
        case .syncTree: "syncs files"
        case .iterateMemory: self.round
        case .freezeContainer: "freezes"
        case .dumpContainer: "dumps and sends"
        case .prepareDestination: "restores there"
        case .decideCommit, .deliverCommit: "hands over"
        case .servePages: "memory follows"
        case .releaseSource, .registerCopy: "clears away"
        case .rollBack, .deliverAbort: "rolls back"
        case nil: "ends"
        }
    }

    private var round: String {
        let number = self.migration.history.rounds.count + 1
        guard let last = self.migration.history.rounds.last else { return "round \(number)" }
        return "round \(number), \(Self.amount(last.sentPages << 12)) dirty"
    }

    /// Percent of the part that is being sent; never 100 before it is over.
    private var percent: Int? {
        guard let expected = self.standing.expectedBytes, expected > 0 else { return nil }
        return Int(min(99, self.standing.partBytes * 100 / expected))
    }

    private var secondsLeft: UInt64? {
        guard let expected = self.standing.expectedBytes, self.bytesPerSecond > 0 else { return nil }
        return expected > self.standing.partBytes ? (expected - self.standing.partBytes) / self.bytesPerSecond : 0
    }

    /// Such as `12.3 MB`, in powers of ten.
    static func amount(_ bytes: UInt64) -> String {
        let units = [("GB", UInt64(1_000_000_000)), ("MB", 1_000_000), ("kB", 1000)]
        guard let (unit, size) = units.first(where: { bytes >= $0.1 }) else { return "\(bytes) B" }
        let tenths = bytes * 10 / size
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}
