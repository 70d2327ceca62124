internal import Glibc

/// An exclusive lock that lasts as long as this value and dies with the process, however it dies.
///
/// The lock is flock(2)'s, on a descriptor that children do not inherit over exec. The file says who holds it, for
/// people and for the message of whoever comes second; it is emptied at the release and stays: to remove it would let
/// a third process lock a new file of that name while a second still waits for the old one.
package struct FileLock: ~Copyable, Sendable {
    private let descriptor: NamedDescriptor
    /// Why the file does not say who holds the lock; `nil` where it does.
    ///
    /// The lock is held all the same: a full disk must not keep a migration from its end. But nobody can find this
    /// process by the file then, so whoever counts on being found has to look here.
    package let announcementFailure: FileError?

    /// Takes the lock or fails at once; never waits.
    ///
    /// - Parameters:
    ///   - path: Made if it does not exist; its directory has to.
    ///   - purpose: What the lock is held for, in words that an operator understands.
    /// - Throws: ``LockError/held(path:by:)`` if somebody has it, this process included.
    package init(acquiring path: String, purpose: String) throws(LockError) {
        var descriptor = try Self.open(path)
        while true {
            try Self.lock(descriptor)
            // Somebody may have removed the file between open and lock; then nobody else would meet our lock.
            if Self.isFile(descriptor, at: path) { break }
            descriptor = try Self.open(path)
        }
        self.announcementFailure = Self.announce(LockHolder(purpose: purpose), in: descriptor)
        self.descriptor = descriptor
    }

    /// Who holds the lock of a file now; `nil` if nobody who said so and lives.
    package static func holder(of path: String) -> LockHolder? {
        guard let bytes = try? DurableFile.read(path, limit: 4096), let holder = LockHolder(parsing: bytes)
        else { return nil }
        return holder.isAlive ? holder : nil
    }

    deinit {
        _ = ftruncate(self.descriptor.number, 0)
        // Not left to close(2): a child that is between fork and exec has the descriptor too, for an instant.
        _ = flock(self.descriptor.number, LOCK_UN)
    }

    /// Half a text would name nobody, or somebody else.
    private static func announce(_ holder: LockHolder, in descriptor: borrowing NamedDescriptor) -> FileError? {
        do throws(FileError) {
            if try descriptor.status().st_size > 0, ftruncate(descriptor.number, 0) != 0 {
                throw FileError("empty", descriptor.path, errno: errno)
            }
            try descriptor.write(holder.bytes)
            return nil
        } catch {
            _ = ftruncate(descriptor.number, 0)
            return error
        }
    }

    private static func open(_ path: String) throws(LockError) -> NamedDescriptor {
        do throws(FileError) {
            return try NamedDescriptor(
                opening: path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644, to: "open the lock file")
        } catch {
            throw .file(error)
        }
    }

    private static func lock(_ descriptor: borrowing NamedDescriptor) throws(LockError) {
        while flock(descriptor.number, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            guard code == EWOULDBLOCK else { throw .file(FileError("lock", descriptor.path, errno: code)) }
            throw .held(path: descriptor.path, by: Self.holder(of: descriptor))
        }
    }

    private static func holder(of descriptor: borrowing NamedDescriptor) -> String {
        if let bytes = try? descriptor.read(upTo: 4096), let holder = LockHolder(parsing: bytes), holder.isAlive {
            return "\(holder)"
        }
        let known = (try? descriptor.status()).flatMap(KernelLockTable.holder)
        return known ?? "a process that did not say who it is"
    }

    private static func isFile(_ descriptor: borrowing NamedDescriptor, at path: String) -> Bool {
        var named = stat()
        guard stat(path, &named) == 0, let opened = try? descriptor.status() else { return false }
        return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)
    }
}

/// Why a lock was not obtained.
package enum LockError: Error, Hashable, CustomStringConvertible {
    /// Somebody has it. `by` reads after "held by".
    case held(path: String, by: String)
    case file(FileError)

    package var description: String {
        switch self {
        case .held(let path, let holder):
            "could not lock \(path): it is held by \(holder). Try again when that has ended."
        case .file(let error): "\(error)"
        }
    }
}
