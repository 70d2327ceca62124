internal import Glibc

/// A file that is being written beside the one it will become, and vanishes unless it is published.
///
/// It holds a lock on itself for as long as its writer lives. What a crash left behind is known by its free lock, and
/// is removed by the next write of the same file.
struct StagedFile: ~Copyable {
    private let target: String
    private let path: String
    private let descriptor: NamedDescriptor
    private var isPublished = false

    init(for target: String) throws(FileError) {
        Self.removeStale(of: target)
        var staged = try Self.open(for: target)
        while try !Self.lock(staged) {
            // Another writer took ours for a stale one in the instant before it was locked, and removed it.
            staged = try Self.open(for: target)
        }
        self.target = target
        self.path = staged.path
        self.descriptor = staged
    }

    deinit {
        if !self.isPublished { _ = unlink(self.path) }
        // Not left to close(2): a child that is between fork and exec has the descriptor too, for an instant.
        _ = flock(self.descriptor.number, LOCK_UN)
    }

    func write(_ bytes: [UInt8]) throws(FileError) {
        try self.descriptor.write(bytes)
    }

    /// Takes owner, group and permissions of the file to be replaced; without one, `mode`.
    func takePermissions(orElse mode: mode_t) throws(FileError) {
        var old = stat()
        var wanted = mode
        if stat(self.target, &old) == 0 {
            let new = try self.descriptor.status()
            if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid) {
                guard fchown(self.descriptor.number, old.st_uid, old.st_gid) == 0 else {
                    throw FileError("set the owner of", self.path, errno: Glibc.errno)
                }
            }
            wanted = old.st_mode & 0o7777
        }
        guard fchmod(self.descriptor.number, wanted) == 0 else {
            throw FileError("set the permissions of", self.path, errno: Glibc.errno)
        }
    }

    /// Flushes the content, then gives the file its name for good.
    mutating func publish(replacing: Bool) throws(FileError) {
        try self.descriptor.sync()
        let code = DurableFile.renameOnly(self.path, to: self.target, replacing: replacing)
        guard code == 0 else { throw FileError("write", self.target, errno: code) }
        self.isPublished = true
        try DurableFile.syncDirectory(DurableFile.parent(of: self.target))
    }

    /// - Returns: `false` if the file is gone, or about to go.
    private static func lock(_ staged: borrowing NamedDescriptor) throws(FileError) -> Bool {
        while flock(staged.number, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EWOULDBLOCK { return false }
            guard code == EINTR else { throw FileError("lock", staged.path, errno: code) }
        }
        return try staged.status().st_nlink > 0
    }

    private static func open(for target: String) throws(FileError) -> NamedDescriptor {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        let path = "\(Self.prefix(for: target))\(digits).tmp"
        return try NamedDescriptor(opening: path, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600, to: "create")
    }

    private static func prefix(for target: String) -> String {
        let name = target.utf8.split(separator: UInt8(ascii: "/")).last.map { String(decoding: $0, as: UTF8.self) }
        return "\(DurableFile.parent(of: target))/.\(name ?? "")."
    }

    /// Failures are not heard: a stale file does no harm, and the write that follows says what is wrong with the disk.
    private static func removeStale(of target: String) {
        let prefix = Self.prefix(for: target)
        let directory = DurableFile.parent(of: target)
        guard let names = try? DurableFile.names(in: directory) else { return }
        for path in names.map({ "\(directory)/\($0)" }) where path.hasPrefix(prefix) && path.hasSuffix(".tmp") {
            guard UInt64(path.dropFirst(prefix.count).dropLast(4), radix: 16) != nil else { continue }
            Self.removeUnlocked(path)
        }
    }

    private static func removeUnlocked(_ path: String) {
        guard let stale = try? NamedDescriptor(opening: path, flags: O_RDWR | O_NOFOLLOW, to: "open") else { return }
        if flock(stale.number, LOCK_EX | LOCK_NB) == 0 { _ = unlink(path) }
    }
}
