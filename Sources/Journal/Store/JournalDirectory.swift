internal import CSQLiteShim
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

    /// Makes an empty database where there is none and nothing says that there ever was one. What is there must be a
    /// file: of a link to one, SQLite would look for the write-ahead log elsewhere than we.
    ///
    /// Only a file that did not exist is ever opened here: closing any other would drop SQLite's locks on it.
    /// See: <https://sqlite.org/howtocorrupt.html>, 2.2.
    func makeDatabaseFile(after witness: JournalWitness?) throws(JournalError) {
        let byteCount = try self.byteCount(self.database)
        let logByteCount = try self.byteCount("\(self.database)-wal")
        _ = try self.byteCount("\(self.database)-shm")
        if byteCount ?? 0 == 0 {
            // SQLite removes what it finds beside an empty database.
            if let witness { throw .historyLost(path: self.database, sequence: witness.head.sequence) }
            guard logByteCount ?? 0 == 0 else {
                throw .damaged(path: self.database, finding: "it is empty, and its write-ahead log is not.")
            }
        }
        // One that is shorter than any page is empty to SQLite.
        if let byteCount, (1..<512).contains(byteCount) {
            throw .damaged(path: self.database, finding: "it has only \(byteCount) bytes.")
        }
        if byteCount == nil { try self.makeDatabaseFile() }
    }

    private func makeDatabaseFile() throws(JournalError) {
        let descriptor = open(self.database, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else { throw .system("make", self.database, errno: errno) }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o640) == 0 else { throw .system("set the mode of", self.database, errno: errno) }
        try Self.sync(self.path)
    }

    /// `nil` where there is no file of that name.
    private func byteCount(_ path: String) throws(JournalError) -> Int? {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw .system("examine", path, errno: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .notAJournal(path: path, reason: "it is no plain file")
        }
        return Int(status.st_size)
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

/// What statfs(2) says lies below a path, as far as it matters to a journal.
enum FileSystemKind {
    /// Refuses file systems that are not on a disk of this machine, or on which SQLite's WAL does not work.
    static func requireDurable(_ path: String) throws(JournalError) {
        var type: UInt = 0
        guard vz_file_system_type(path, &type) == 0 else {
            throw .system("examine the file system of", path, errno: errno)
        }
        if let kind = Self.unsuitable[UInt32(truncatingIfNeeded: type)] {
            throw .unsuitableFileSystem(path: path, kind: kind)
        }
    }

    /// See: 'man 2 statfs' and linux/magic.h.
    private static let unsuitable: [UInt32: String] = [
        0x0102_1994: "tmpfs, which a reboot empties",
        0x8584_58F6: "ramfs, which a reboot empties",
        0x794C_7630: "overlayfs",
        0x0000_6969: "NFS",
        0xFF53_4D42: "CIFS",
        0xFE53_4D42: "SMB",
        0x0000_517B: "SMB",
        0x6573_5546: "a FUSE file system",
        0x0102_1997: "9p",
        0x00C3_6400: "Ceph",
        0x0116_1970: "GFS2, which other machines write as well",
        0x7461_636F: "OCFS2, which other machines write as well",
        0x5346_414F: "AFS",
        0x786F_4256: "a VirtualBox shared folder",
    ]
}
