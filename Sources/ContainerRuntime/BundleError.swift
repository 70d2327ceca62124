/// What is wrong with a container's bundle, and with which file of it.
package struct BundleError: Error, Hashable, Sendable, CustomStringConvertible {
    package let file: String
    package let problem: String

    package init(file: String, problem: String) {
        self.file = file
        self.problem = problem
    }

    package var description: String { "\(self.file): \(self.problem)" }
}
