/// The time of one simulation: it passes with what is done, and where nobody does anything, until somebody wakes.
///
/// `@unchecked`: a simulation runs on one thread, see `SimulationThread`.
final class SimulatedClock: @unchecked Sendable {
    private(set) var now = ContinuousClock.now
    private var alarms: [(time: ContinuousClock.Instant, ring: @Sendable () -> Void)] = []
    /// Who waits for a time, in the order in which they came.
    private var sleepers: [(time: ContinuousClock.Instant, continuation: CheckedContinuation<Void, Never>)] = []
    /// Whether the story is over, and nobody waits any more.
    private var isOver = false

    func pass(_ time: Duration) {
        self.now += time
        if self.alarms.contains(where: { $0.time <= self.now }) {
            let due = self.alarms.filter { $0.time <= self.now }
            self.alarms.removeAll { $0.time <= self.now }
            for alarm in due { alarm.ring() }
        }
        guard self.sleepers.contains(where: { $0.time <= self.now }) else { return }
        let due = self.sleepers.filter { $0.time <= self.now }
        self.sleepers.removeAll { $0.time <= self.now }
        for sleeper in due { sleeper.continuation.resume() }
    }

    /// Calls `ring` once the time has passed, if somebody is still at work then.
    func alarm(after time: Duration, _ ring: @escaping @Sendable () -> Void) {
        self.alarms.append((self.now + time, ring))
    }

    /// Returns when the time has passed, be it by what others do or because nobody does anything.
    func sleep(for time: Duration) async {
        guard !self.isOver else { return }
        await withCheckedContinuation { self.sleepers.append((self.now + time, $0)) }
    }

    /// Lets time pass until somebody wakes; `false` where nobody sleeps.
    func wakeNext() -> Bool {
        guard let next = self.sleepers.map(\.time).min() else { return false }
        self.pass(next - self.now)
        return true
    }

    /// Whoever sleeps wakes.
    func end() {
        self.isOver = true
        let sleepers = self.sleepers
        self.sleepers = []
        for sleeper in sleepers { sleeper.continuation.resume() }
    }
}
