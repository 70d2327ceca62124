internal import Glibc

/// Owns the open `journal.lock`. Whoever writes, checkpoints, opens or closes the database holds its flock(2).
///
/// SQLite before 3.51.3 can corrupt a WAL database that two connections write or checkpoint at the same time, and
/// waiting here is fairer than SQLite's own busy handler. See: <https://sqlite.org/wal.html#walresetbug>.
///
/// Waiting is bounded, so it polls; and so that whoever locks again at once does not always win, only the holder of the
/// turn, which is a flock of the directory, may poll for the lock itself.
struct JournalLock: ~Copyable {
    private let descriptor: Int32
    private let turn: Int32
    private let path: String

    /// How long ``whileHeld(_:)`` waits for other processes.
    private let patience: Duration

    init(path: String, patience: Duration) throws(JournalError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else { throw .system("open", path, errno: errno) }
        let directory = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        let turn = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard turn >= 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw .system("open", directory, errno: code)
        }
        self.descriptor = descriptor
        self.turn = turn
        self.path = path
        self.patience = patience
    }

    deinit {
        close(self.turn)
        close(self.descriptor)
    }

    /// Runs the body under the lock.
    ///
    /// - Throws: ``JournalError/locked(path:milliseconds:)`` when others hold it for too long; then nothing was run.
    borrowing func whileHeld<Value>(_ body: () throws(JournalError) -> Value) throws(JournalError) -> Value {
        try self.acquire()
        defer { flock(self.descriptor, LOCK_UN) }
        return try body()
    }

    /// What was kept last; `nil` for a journal that nobody has written to yet.
    borrowing func witness() -> JournalWitness? { JournalWitness(of: self.descriptor) }

    /// To be called while it is held.
    borrowing func keep(_ witness: JournalWitness) { witness.keep(in: self.descriptor) }

    private borrowing func acquire() throws(JournalError) {
        let deadline = ContinuousClock.now + self.patience
        try self.wait(for: self.turn, until: deadline)
        defer { flock(self.turn, LOCK_UN) }
        try self.wait(for: self.descriptor, until: deadline)
    }

    private borrowing func wait(
        for descriptor: Int32, until deadline: ContinuousClock.Instant
    ) throws(JournalError) {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            guard code == EWOULDBLOCK || code == EINTR else { throw .system("lock", self.path, errno: code) }
            guard ContinuousClock.now < deadline else {
                throw .locked(path: self.path, milliseconds: Int64(self.patience / .milliseconds(1)))
            }
            usleep(100)
        }
    }
}
