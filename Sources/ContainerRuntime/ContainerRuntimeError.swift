internal import HostAccess

/// Why a verb of the runtime failed, in the runtime's and CRIU's own words.
package struct ContainerRuntimeError: Error, Sendable, CustomStringConvertible {
    /// Such as `runc checkpoint`.
    package let operation: String
    package let containerID: String
    /// What the runtime said last, or why it could not be run.
    package let message: String
    /// What an operator can make of it; `nil` where nothing better than `message` is known.
    package let reason: String?
    /// The first errors in CRIU's log, without its positions in source files.
    package let criuErrors: [String]
    /// CRIU's whole log, which is kept; `nil` where CRIU had no part in it.
    package let logPath: String?

    package init(
        operation: String, containerID: String, message: String, reason: String? = nil, criuErrors: [String] = [],
        logPath: String? = nil
    ) {
        self.operation = operation
        self.containerID = containerID
        self.message = message
        self.reason = reason
        self.criuErrors = criuErrors
        self.logPath = logPath
    }

    init(operation: String, containerID: String, cause: HostProgramError) {
        self.init(operation: operation, containerID: containerID, message: cause.description)
    }

    package var description: String {
        let what = [self.reason, self.message].compactMap { $0 }.joined(separator: " - ")
        let log = self.logPath.map { "; CRIU's log: \($0)" } ?? ""
        let errors = self.criuErrors.isEmpty ? "" : " (CRIU: \(self.criuErrors.joined(separator: "; ")))"
        return "\(self.operation) of container \(self.containerID) failed: \(what)\(errors)\(log)"
    }
}
