internal import Glibc

/// Owns a file descriptor above 2 that is closed on exec: opened once, closed once.
struct Descriptor: ~Copyable {
    let raw: Int32

    /// Takes `raw` over. One below 3 is moved up, so that it cannot be mistaken for a child's standard stream.
    init(owning raw: Int32) throws(SystemFailure) {
        guard raw >= 0 else { throw SystemFailure(errno) }
        guard raw < 3 else {
            self.raw = raw
            return
        }
        let moved = fcntl(raw, F_DUPFD_CLOEXEC, 3)
        let code = errno
        Glibc.close(raw)
        guard moved >= 0 else { throw SystemFailure(code) }
        self.raw = moved
    }

    deinit { Glibc.close(self.raw) }

    static func null() throws(SystemFailure) -> Descriptor {
        try Descriptor(owning: open("/dev/null", O_RDWR | O_CLOEXEC))
    }
}
