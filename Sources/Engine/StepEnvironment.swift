internal import Glibc
internal import Host

/// Time and threads as both sides' steps use them: this server's, or those of a simulation.
package protocol StepEnvironment: Sendable {
    var now: ContinuousClock.Instant { get }

    /// Throws only where the task is cancelled.
    func sleep(for time: Duration) async throws

    /// Calls `ring` once, after `time`, on a thread of its own. It cannot be taken back.
    func alarm(after time: Duration, _ ring: @escaping @Sendable () -> Void)

    /// Runs a body that blocks where it holds up nobody.
    func blocking<Result: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Result
    ) async throws(Failure) -> Result
}

/// This server's time, and a thread for everything that blocks.
package struct ServerEnvironment: StepEnvironment {
    package init() {}

    package var now: ContinuousClock.Instant { .now }

    package func sleep(for time: Duration) async throws { try await ContinuousClock().sleep(for: time) }

    package func alarm(after time: Duration, _ ring: @escaping @Sendable () -> Void) {
        let end = self.now + time
        startThread(named: "alarm") {
            while case let left = end - .now, left > .zero {
                var rest = timespec(
                    tv_sec: Int(left.components.seconds), tv_nsec: Int(left.components.attoseconds / 1_000_000_000))
                nanosleep(&rest, nil)
            }
            ring()
        }
    }

    package func blocking<Result: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await runBlocking(named: "step", body)
    }
}
