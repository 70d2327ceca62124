internal import Glibc
internal import Synchronization

/// The end of a child process, waited for once, asked for as often as anybody likes.
final class Ending: Sendable {
    private let identifier: pid_t
    private let known = Mutex<Int32?>(nil)

    init(of identifier: pid_t) {
        self.identifier = identifier
    }

    /// Sends the signal only while the process is surely the one that was started, and waits.
    func hasten(with signal: Int32) {
        self.known.withLock { known in
            guard known == nil else { return }
            Glibc.kill(self.identifier, signal)
            known = Self.wait(self.identifier)
        }
    }

    /// 128 and more for a signal, as a shell has it.
    func status() -> Int32 {
        self.known.withLock { known in
            let status = known ?? Self.wait(self.identifier)
            known = status
            return status
        }
    }

    private static func wait(_ identifier: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
    }
}
