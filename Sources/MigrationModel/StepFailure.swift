/// Why a step did not come to its fact, in the words the operator sees.
package struct StepFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let status: ExitStatus
    /// One sentence: what failed, where, why, and what to do.
    package let message: String

    package init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    package var description: String { self.message }
}
