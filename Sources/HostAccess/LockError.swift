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
