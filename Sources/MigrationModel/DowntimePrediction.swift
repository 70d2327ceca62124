/// How long a container is going to stand still if it is frozen after these rounds.
///
/// The frozen pass does what the last round did: it looks at the same pages and sends what was written meanwhile, which
/// is no more than the last round found, as long as rounds get shorter. What CRIU takes goes by the memory's size.
package struct DowntimePrediction: Hashable, Sendable {
    /// In the order in which they are begun; memory and files go side by side.
    package let parts: [TimedPart]
    package let nanoseconds: UInt64

    /// What a freeze, and at the end the switch of the network, take. Measured, like the others, with `tools/bench`.
    private static let fixed: UInt64 = 40_000_000
    /// CRIU's dump without the content of pages, and its restore: for any container, and for each MiB of it.
    private static let dump: (base: UInt64, perMebibyte: UInt64) = (60_000_000, 400_000)
    private static let restore: (base: UInt64, perMebibyte: UInt64) = (120_000_000, 1_000_000)

    /// From the rounds of the migration so far; `nil` before the second: the first says what there is, and not what
    /// changes.
    package init?(after rounds: [MemoryRound]) {
        guard rounds.count > 1, let last = rounds.last else { return nil }
        let mebibytes = last.pages >> 8
        let files = last.fileNanoseconds ?? 0
        let dump = Self.dump.base + Self.dump.perMebibyte * mebibytes
        let restore = Self.restore.base + Self.restore.perMebibyte * mebibytes
        // What the rounds themselves have held it for is part of the downtime already.
        let held = rounds.heldNanoseconds
        self.parts = [
            TimedPart("held in rounds", nanoseconds: held),
            TimedPart("freeze and switch", nanoseconds: Self.fixed), TimedPart("dump", nanoseconds: dump),
            TimedPart("last file pass", nanoseconds: files), TimedPart("memory", nanoseconds: last.nanoseconds),
            TimedPart("restore", nanoseconds: restore),
        ]
        self.nanoseconds = held + Self.fixed + dump + max(files, last.nanoseconds) + restore
    }
}

extension [MemoryRound] {
    /// More rounds are not worth their bytes, whatever they bring.
    private static var limit: Int { 12 }
    /// The most percent of its processor time that are taken from a container, as QEMU's auto-converge takes them.
    private static var throttles: (first: Int, step: Int, last: Int) { (20, 10, 90) }

    /// How long the container stood still in all of them.
    package var heldNanoseconds: UInt64 { self.reduce(0) { $0 + $1.heldNanoseconds } }

    /// Whether another round may bring the downtime down to `maxDowntime`, in nanoseconds.
    package func areWorthAnother(maxDowntime: UInt64, autoConverges: Bool) -> Bool {
        guard let prediction = DowntimePrediction(after: self) else { return true }
        guard prediction.nanoseconds > maxDowntime else { return false }
        if self.isShrinking { return self.count < Self.limit }
        return autoConverges && (self.last?.throttle ?? 0) < Self.throttles.last
    }

    /// The percentage for the next round; `nil` for none.
    package func nextThrottle(autoConverges: Bool) -> Int? {
        guard autoConverges, self.count > 1, !self.isShrinking else { return self.last?.throttle }
        return self.last?.throttle.map { $0 + Self.throttles.step } ?? Self.throttles.first
    }

    /// Where a round does not get a tenth shorter any more, the container writes as fast as we send.
    private var isShrinking: Bool {
        self.count > 1 && self[self.count - 1].nanoseconds * 10 < self[self.count - 2].nanoseconds * 9
    }
}
