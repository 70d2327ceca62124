internal import Glibc
internal import LabSupport
internal import Synchronization

/// Looks all the time, from outside of both nodes, at where a container can run, and whether it gets on.
final class CopyWatch: Sendable {
    struct Sight {
        /// What no instant may show.
        var violations: [String] = []
        /// Whether it ever ran where this looked: a watch that sees nothing proves nothing.
        var hasSeenIt = false
        /// The longest time since the fault in which no copy got on, to a tenth of a second.
        var longestPause = Duration.zero
        fileprivate var lastRun: ContinuousClock.Instant?
        fileprivate var counters: [String?] = [nil, nil]
    }

    private let container: String
    private let sight = Mutex(Sight())
    private let isWatching = Atomic(true)
    private let hasEnded = Atomic(false)

    init(_ container: String) throws {
        self.container = container
        var thread = pthread_t()
        let watch = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<CopyWatch>.fromOpaque(context).takeRetainedValue().watch()
                return nil
            }, watch.toOpaque())
        guard code == 0 else {
            watch.release()
            throw LabError("no thread to watch with: errno \(code)")
        }
        pthread_detach(thread)
    }

    /// From now on a time without a running copy counts.
    func faultStrikes() { self.sight.withLock { $0.lastRun = .now } }

    /// Ends it.
    func end() -> Sight {
        self.isWatching.store(false, ordering: .relaxed)
        while !self.hasEnded.load(ordering: .acquiring) { usleep(1000) }
        return self.sight.withLock { $0 }
    }

    private func watch() {
        while self.isWatching.load(ordering: .relaxed) {
            self.look()
            usleep(4000)
        }
        self.hasEnded.store(true, ordering: .releasing)
    }

    private func look() {
        let seen = self.running()
        if !seen.isEmpty { self.sight.withLock { $0.hasSeenIt = true } }
        // Both are seen one after the other. What a CRIU was restoring outlives it and its runtime by a moment, in
        // CRIU's code and with no parent that tells so; two copies that run go on.
        if seen.count > 1, self.running().count > 1, self.bothStay() {
            self.sight.withLock { $0.violations.append("two copies run at once: \(seen.joined(separator: "; "))") }
        }
        let counters = [Node.node1, .node2].map { $0.read("/vz/private/\(self.container)/rootfs/counter") }
        self.sight.withLock { $0.note(counters) }
    }

    private func bothStay() -> Bool {
        usleep(30_000)
        return self.running().count > 1
    }

    private func running() -> [String] {
        [Node.node1, .node2].compactMap { node in
            RunningTask.first(of: self.container, on: node).map { "\(node) has \($0)" }
        }
    }
}

extension CopyWatch.Sight {
    /// A counter that moves on is a copy that runs; one that appears is only a file.
    fileprivate mutating func note(_ counters: [String?]) {
        let isCounting = zip(counters, self.counters).contains { new, old in new != nil && old != nil && new != old }
        self.counters = counters
        guard isCounting, let last = self.lastRun else { return }
        self.longestPause = max(self.longestPause, .now - last)
        self.lastRun = .now
    }
}
