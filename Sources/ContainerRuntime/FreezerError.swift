/// Why the cgroup of a container is not in the state that it should be in.
package struct FreezerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The directory of the cgroup.
    package let path: String
    package let problem: String

    package var description: String { "cgroup \(self.path): \(self.problem)" }
}
