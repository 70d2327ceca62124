package import HandOver
package import Host

/// The lock of one CT, `LOCKDIR/<CTID>.lck`: whoever changes a CT of this server holds it.
package struct ContainerLock: ~Copyable, Sendable {
    package let id: ContainerID
    private let lock: FileLock

    /// Why nobody can tell from the lock's file who holds it; `nil` where the file says so.
    package var announcementFailure: FileError? { self.lock.announcementFailure }

    /// Who holds the lock of a CT now; `nil` if nobody does, or nobody knows who.
    package static func holder(
        of id: ContainerID, in global: GlobalConfiguration, node: String? = nil
    ) -> LockHolder? {
        guard let directory = try? global.lockDirectory else { return nil }
        return FileLock.holder(of: Self.file(of: id, in: directory, global, node))
    }

    private static func file(
        of id: ContainerID, in directory: String, _ global: GlobalConfiguration, _ node: String?
    ) -> String {
        node.map { global.layout.lockFile(id, of: $0, in: directory) } ?? global.layout.lockFile(id, in: directory)
    }

    /// Takes the lock or fails at once. LOCKDIR is made if it is missing.
    ///
    /// - Parameters:
    ///   - id: The CT, which need not be registered.
    ///   - global: Says where LOCKDIR is.
    ///   - purpose: What the lock is held for, told to whoever comes second.
    ///   - node: What tells this server from every other, for a CT whose lock another one holds on the same storage.
    /// - Throws: ``ContainerLockError/lock(_:_:)`` if somebody has it.
    package init(
        of id: ContainerID, in global: GlobalConfiguration, purpose: String, node: String? = nil
    ) throws(ContainerLockError) {
        let directory: String
        do throws(ConfigurationError) {
            directory = try global.lockDirectory
        } catch {
            throw .node(.configuration(error))
        }
        do throws(FileError) {
            try DurableFile.makeDirectories(directory)
        } catch {
            throw .node(.file(error))
        }
        do throws(LockError) {
            self.lock = try FileLock(
                acquiring: Self.file(of: id, in: directory, global, node), purpose: purpose)
        } catch {
            throw .lock(id, error)
        }
        self.id = id
    }
}

/// Why a CT could not be locked.
package enum ContainerLockError: Error, Hashable, CustomStringConvertible {
    case lock(ContainerID, LockError)
    /// LOCKDIR is not usable.
    case node(NodeError)

    package var description: String {
        switch self {
        case .lock(let id, .held(_, let holder)):
            "CT \(id) is locked: it is held by \(holder). Try again when that has ended."
        case .lock(_, let error): "\(error)"
        case .node(let error): "\(error)"
        }
    }
}

extension ContainerLockError: ErrorWithStatus {
    package func status(at role: NodeRole) -> ExitStatus? {
        switch self {
        case .lock(_, .held): .locked
        // A lock file that cannot be opened does not say that somebody holds it.
        case .lock(_, .file), .node: .system
        }
    }
}
