internal import BlockingWork
internal import CLinux
internal import Glibc
internal import MigrationSteps

/// SIGINT, SIGTERM and SIGHUP end a run at its next safe point. SIGPIPE is ignored: a reader that leaves in the middle
/// of a migration must not end it.
enum InterruptionSignals {
    /// Takes the signals from now on; called once, before the first migration begins.
    static func deliver(to interruption: Interruption) {
        let signals = vz_take_end_signals()
        precondition(signals >= 0, "the signals that end a run could not be taken: \(String(cString: strerror(errno)))")
        startThread(named: "signals") {
            var count: UInt64 = 0
            // One is enough: the run is ending already when a second comes.
            guard read(signals, &count, MemoryLayout<UInt64>.size) == MemoryLayout<UInt64>.size else { return }
            interruption.request(because: MigrationSession.signalled)
        }
    }
}
