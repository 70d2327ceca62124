/// Why a program did not run to its end. A program that ended badly is a `CommandResult`, not an error.
package enum HostProgramError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing of that name is in any of the directories that were searched, or at that path.
    case missing(program: String)
    /// The system did not start it; `call` is the call that failed and `code` its errno.
    case notStarted(program: String, call: String, code: Int32)
    /// It ran longer than it was given and was ended.
    case timedOut(program: String, limit: Duration)
    /// It was ended because its caller asked for it.
    case cancelled(program: String)
    /// It has ended, but someone else took its exit status, so that nobody knows whether it did its work.
    case statusLost(program: String, code: Int32)

    package var description: String {
        switch self {
        case .missing(let program):
            "\(program) is not on this server (or may not be executed); install the package that holds it"
        case .notStarted(let program, let call, let code):
            "\(program) could not be started: \(call) failed: \(SystemFailure(code))"
        case .timedOut(let program, let limit):
            "\(program) did not end within \(limit) and was stopped"
        case .cancelled(let program):
            "\(program) was stopped on request before it had ended"
        case .statusLost(let program, let code):
            "\(program) has ended, but its exit status was lost (waitpid: \(SystemFailure(code)))"
        }
    }
}
