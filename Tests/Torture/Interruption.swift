internal import Glibc
internal import LabSupport
internal import Synchronization

/// ^C and its like: what was seen so far is told, the lab is taken down, and it ends.
enum Interruption {
    private static let signals = [SIGINT, SIGTERM, SIGHUP]
    private static let hasBegun = Atomic(false)

    /// Does not return once it has begun: from then on only the end of the process is awaited.
    static func giveWay() {
        while self.hasBegun.load(ordering: .acquiring) { pause() }
    }

    /// To be called while there is one thread only: later ones inherit that they are not disturbed.
    static func summarize(_ campaign: Campaign) {
        var set = Self.set
        pthread_sigmask(SIG_BLOCK, &set, nil)
        var thread = pthread_t()
        let context = Unmanaged.passRetained(campaign)
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Interruption.wait(for: Unmanaged<Campaign>.fromOpaque(context).takeRetainedValue())
            }, context.toOpaque())
        precondition(code == 0, "a program that has just begun has no thread: errno \(code)")
    }

    private static func wait(for campaign: Campaign) -> Never {
        var (set, number) = (Self.set, Int32(0))
        sigwait(&set, &number)
        self.hasBegun.store(true, ordering: .releasing)
        print("interrupted\n\(campaign.summary)")
        do { try TortureLab.down() } catch { print("\(error)") }
        exit(128 + number)
    }

    private static var set: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in Self.signals { sigaddset(&set, signal) }
        return set
    }
}
