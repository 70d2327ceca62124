/// Why a container's network is not as it should be, in the words of `ip` or the kernel.
package struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name of the network namespace.
    package let namespace: String
    package let operation: String
    package let problem: String

    package var description: String { "network \(self.namespace): could not \(self.operation): \(self.problem)" }
}
