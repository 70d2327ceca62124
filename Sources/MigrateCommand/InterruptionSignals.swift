internal import BlockingWork
internal import Glibc
internal import MigrationSteps

/// SIGINT, SIGTERM and SIGHUP, taken by a thread of their own so that every other call goes on undisturbed.
///
/// SIGPIPE is ignored: a reader that leaves in the middle of a migration must not end it.
package enum InterruptionSignals {
    /// Keeps the signals from every thread. Has to be called before the first one is started.
    package static func block() {
        var set = self.set
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Waits for signals and hands them on; later ones change nothing, for the run is ending already.
    static func deliver(to interruption: Interruption) {
        startThread(named: "signals") {
            var (set, signal) = (self.set, Int32(0))
            while sigwait(&set, &signal) == 0 { interruption.request() }
        }
        // The main thread waits in libdispatch's sigsuspend with no signal blocked, and what it took would end the
        // process. While its handler runs it takes no second one, so what it sends again reaches the thread above.
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number) { kill(getpid(), $0) } }
    }

    private static var set: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&set, signal) }
        return set
    }
}
