package import Container
package import HandOver
internal import Host

/// `--trial-dump`: dumps a running container as a migration would, throws the dump away and lets the container go on.
///
/// No migration is journaled. While it is frozen a mark in its run directory says so, by which a guardian, or
/// `vzmigrate --recover`, knows that it is to be thawed; with the server's power the mark and the processes go
/// together.
package struct TrialDump: Sendable {
    private let container: HostedContainer

    /// - Parameter container: which runs, and whose lock is held.
    package init(of container: HostedContainer) { self.container = container }

    /// Whether a trial was begun and has not ended.
    ///
    /// - Parameter runDirectory: of the container.
    /// - Returns: whether somebody has to end it.
    package static func isUnfinished(in runDirectory: String) -> Bool {
        DurableFile.exists(self.mark(in: runDirectory))
    }

    private static func mark(in runDirectory: String) -> String { "\(runDirectory)/trial" }
    /// CRIU's logs; in memory, like the dump.
    private var logs: String { "\(self.container.runDirectory)/trial-logs" }

    /// - Parameter timeout: after which CRIU is ended, and the dump has failed.
    /// - Returns: how long the container stood still.
    /// - Throws: of status `liveMigrationFailed` where it cannot be dumped, and goes on; of status `system` where it
    ///   could not be let go on yet, which a recovery does.
    package func run(timeout: Duration) async throws(StepFailure) -> Duration {
        try await runBlocking(named: "trial dump") { () throws(StepFailure) in
            do {
                try DurableFile.makeDirectories(self.logs, mode: 0o700)
                try DurableFile.makeDirectories(self.container.imagesDirectory, mode: 0o700)
                try DurableFile.write([], to: Self.mark(in: self.container.runDirectory), mode: 0o600)
                let start = ContinuousClock.now
                let dump = Result {
                    try self.container.freezeForDump(timeout: min(timeout, .seconds(10)))
                    let left = max(.seconds(1), timeout - start.duration(to: .now))
                    try self.container.checkpoint(logs: self.logs, timeout: left) {}
                }
                do { try self.container.thaw() } catch {
                    throw StepFailure(
                        .system,
                        "CT \(self.container.id) may still be frozen, or without its network, after its trial dump "
                            + "(\(error)); run vzmigrate --recover \(self.container.id)")
                }
                let frozen = start.duration(to: .now)
                try self.clearAway()
                try dump.get()
                return frozen
            } catch {
                throw StepFailure(error, at: .source, during: "try to dump CT \(self.container.id)")
            }
        }
    }

    /// Ends a trial whose process has died: the container goes on.
    package func end() async throws(StepFailure) {
        try await runBlocking(named: "trial dump") { () throws(StepFailure) in
            do {
                try HostedContainer.endLeftovers(logs: self.logs)
                if try self.container.isAlive() { try self.container.thaw() }
                try self.clearAway()
            } catch {
                throw StepFailure(
                    error, at: .source, during: "let CT \(self.container.id) go on after its trial dump")
            }
        }
    }

    private func clearAway() throws { try AreaRemoval.remove(self.container.runDirectory) }
}
