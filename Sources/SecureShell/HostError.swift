/// What went wrong with one host: the host, what was tried, and the cause in words that an operator can act on.
package struct HostError: Error, Hashable, CustomStringConvertible, Sendable {
    /// What a caller can tell apart, and map to an exit status.
    package enum Kind: Hashable, Sendable {
        /// No connection came about: the name does not resolve, no route, refused, no answer, no common cipher.
        case unreachable
        /// The options or the configuration of ssh make no sense, or nothing here can do what they say.
        case optionsRefused
        /// Only the system's `ssh` could go on; never seen outside of this module.
        case beyondUs
        /// The host's key is unknown, has changed or is revoked.
        case hostKeyRefused
        /// The host accepted neither a key nor a password.
        case authenticationRefused
        /// The host does not start the program, though the session stands.
        case programRefused
        /// The connection stood and broke.
        case connectionLost
        /// The connection stood and nothing was heard for `SSHOptions.timeout`.
        case timedOut
        /// This side closed the session or the program.
        case closed
    }

    package let kind: Kind
    package let destination: SSHDestination
    /// What was being done, as it reads after "could not": `connect`, `run vzmigrate-agent`.
    package let operation: String
    package let cause: String

    package var description: String { "\(self.destination): could not \(self.operation): \(self.cause)" }
}
