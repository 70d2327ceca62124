package import HostAccess
package import ContainerIdentity

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
