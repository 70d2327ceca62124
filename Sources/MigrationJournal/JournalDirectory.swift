internal import Glibc

/// The directory of a node's journal and the files in it.
struct JournalDirectory {
    let path: String

    var database: String { "\(self.path)/journal.db" }
    var lock: String { "\(self.path)/journal.lock" }

    /// Makes the directory, 0750, and the database file, 0640, where they are absent; SQLite gives -wal and -shm the
    /// database's mode. Each new name is on disk before this returns.
    func make() throws(JournalError) {
        if mkdir(self.path, 0o750) == 0 {
            guard chmod(self.path, 0o750) == 0 else { throw .system("set the mode of", self.path, errno: errno) }
            try Self.sync(Self.parent(of: self.path))
        } else if errno != EEXIST {
            throw .system("make the directory", self.path, errno: errno)
        }
    }

    /// Only a file that did not exist is ever opened here: closing any other would drop SQLite's locks on it.
    /// See: <https://sqlite.org/howtocorrupt.html>, 2.2.
    func makeDatabaseFile() throws(JournalError) {
        let descriptor = open(self.database, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o640)
        if descriptor < 0 {
            guard errno == EEXIST else { throw .system("make", self.database, errno: errno) }
            return
        }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o640) == 0 else { throw .system("set the mode of", self.database, errno: errno) }
        try Self.sync(self.path)
    }

    private static func sync(_ path: String) throws(JournalError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path, errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system("write to disk", path, errno: errno) }
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
