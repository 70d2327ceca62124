/// How long a container is going to stand still if it is frozen after these rounds.
///
/// The frozen pass does what the last round did: it looks at the same pages and sends what was written meanwhile, which
/// is no more than the last round found, as long as rounds get shorter. What CRIU takes goes by the memory's size, by
/// how much of it is shared, and by the number of processes.
package struct DowntimePrediction: Hashable, Sendable {
    /// In the order in which they are begun; memory and files go side by side.
    package let parts: [TimedPart]
    package let duration: Duration

    /// What a freeze, and at the end the switch of the network, take. Measured, like the others, with `tools/bench`.
    private static let fixed = Duration.milliseconds(40)
    /// CRIU's dump without the content of pages, and its restore: for any container, and for each MiB of it.
    private static let dump = (base: Duration.milliseconds(60), perMebibyte: Duration.microseconds(400))
    private static let restore = (base: Duration.milliseconds(120), perMebibyte: Duration.milliseconds(1))
    /// For each process, and for each MiB of memory that they share: CRIU writes that into images, which are sent as
    /// files.
    private static let process = (
        dump: Duration.microseconds(2500), images: Duration.microseconds(800), restore: Duration.milliseconds(4)
    )
    private static let shared = (
        dump: Duration.milliseconds(2), images: Duration.milliseconds(5), restore: Duration.microseconds(2500)
    )

    /// From the rounds of the migration so far; `nil` before the second: the first says what there is, and not what
    /// changes.
    /// Post-copy takes none of it.
    package init?(after rounds: [MemoryRound], isPostCopy: Bool = false) {
        guard rounds.count > 1, let last = rounds.last else { return nil }
        self.init(
            bytes: last.pages << 12, processes: last.processes ?? 1, sharedBytes: last.sharedBytes ?? 0,
            files: last.fileDuration ?? .zero, memory: isPostCopy ? .zero : last.duration,
            // What the rounds themselves have held it for is part of the downtime already.
            held: rounds.held)
    }

    /// - Parameters:
    ///   - bytes: of its memory.
    ///   - processes: how many it has.
    ///   - sharedBytes: what of its memory they share.
    ///   - files: what the last pass over its files takes.
    ///   - memory: what sending its memory takes while it stands still.
    ///   - held: for how long it stood still before.
    package init(
        bytes: UInt64, processes: UInt64 = 1, sharedBytes: UInt64 = 0, files: Duration, memory: Duration,
        held: Duration = .zero
    ) {
        let (mebibytes, shared) = (bytes >> 20, sharedBytes >> 20)
        let dump =
            Self.dump.base + Self.dump.perMebibyte * mebibytes + Self.process.dump * processes
            + Self.shared.dump * shared
        let images = Self.process.images * processes + Self.shared.images * shared
        let restore =
            Self.restore.base + Self.restore.perMebibyte * mebibytes + Self.process.restore * processes
            + Self.shared.restore * shared
        self.parts = [
            TimedPart("held in rounds", held), TimedPart("freeze and switch", Self.fixed), TimedPart("dump", dump),
            TimedPart("last file pass", files), TimedPart("memory", memory), TimedPart("images", images),
            TimedPart("restore", restore),
        ]
        self.duration = held + Self.fixed + dump + max(files, memory, images) + restore
    }
}

extension [MemoryRound] {
    /// More rounds are not worth their bytes, whatever they bring.
    private static var limit: Int { 12 }
    /// The most percent of its processor time that are taken from a container, as QEMU's auto-converge takes them.
    private static var throttles: (first: Int, step: Int, last: Int) { (20, 10, 90) }

    /// How long the container stood still in all of them.
    package var held: Duration { self.reduce(.zero) { $0 + $1.held } }

    /// Whether another round may bring the downtime down to `maxDowntime`.
    package func areWorthAnother(maxDowntime: Duration, autoConverges: Bool, isPostCopy: Bool = false) -> Bool {
        guard let prediction = DowntimePrediction(after: self, isPostCopy: isPostCopy) else { return true }
        guard prediction.duration > maxDowntime else { return false }
        if self.isShrinking { return self.countAtThisThrottle < Self.limit }
        return autoConverges && (self.last?.throttle ?? 0) < Self.throttles.last
    }

    /// The percentage for the next round; `nil` for none.
    package func nextThrottle(autoConverges: Bool) -> Int? {
        guard autoConverges, self.count > 1, !self.isShrinking else { return self.last?.throttle }
        return self.last?.throttle.map { $0 + Self.throttles.step } ?? Self.throttles.first
    }

    /// Where a round has not a tenth less to send than the one before, the container writes as fast as we send; and
    /// where it has next to nothing to send, less of that makes no difference.
    private var isShrinking: Bool {
        guard self.count > 1 else { return false }
        let (last, before) = (self[self.count - 1], self[self.count - 2])
        return last.sentPages * 10 < before.sentPages * 9 && last.sentPages > last.pages / 1000
    }

    private var countAtThisThrottle: Int {
        self.count - (self.lastIndex { $0.throttle != self.last?.throttle } ?? -1) - 1
    }
}
