/// A way to the other server on which programs are run: a connection of ours, or the system's `ssh`.
package protocol SSHTransport: Sendable {
    /// Where it leads, as the configuration of ssh has it.
    var destination: SSHDestination { get }

    /// Starts a program of the other server, found by its login shell's `PATH` unless the path is absolute.
    ///
    /// - Parameter words: the program and its arguments: letters, digits and `/_.-` only, because sshd hands them to a
    ///   shell.
    /// - Returns: the running program. That it does not exist shows in its exit status, 127.
    /// - Throws: `HostError` when there is no way or the server refuses.
    func start(_ words: [String]) async throws(HostError) -> RemoteProgram

    /// Ends everything on it, and waits until that is done.
    func close() async
}

extension SSHTransport {
    /// The words as a shell takes them for what they are.
    ///
    /// - Throws: `HostError` for what a shell could take for more.
    func commandLine(_ words: [String]) throws(HostError) -> String {
        guard let program = words.first, !program.hasPrefix("-"), words.allSatisfy(Self.isPlain) else {
            throw HostError(
                kind: .programRefused, destination: self.destination, operation: "run a program",
                cause: "its name is not made of letters, digits and /_.- alone")
        }
        return words.joined(separator: " ")
    }

    private static func isPlain(_ word: String) -> Bool {
        !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "-")...UInt8(ascii: "9"), UInt8(ascii: "_"): true  // - . / and the digits
                default: false
                }
            }
    }
}

/// What went wrong with one host: the host, what was tried, and the cause in words that an operator can act on.
package struct HostError: Error, Hashable, CustomStringConvertible, Sendable {
    /// What a caller can tell apart, and map to an exit status.
    package enum Kind: Hashable, Sendable {
        /// No connection came about: the name does not resolve, no route, refused, no answer, no common cipher.
        case unreachable
        /// The options or the configuration of ssh make no sense, or nothing here can do what they say.
        case optionsRefused
        /// The `ssh` of this server did not say what its configuration is: nothing is known of the destination.
        case sshUnusable
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
