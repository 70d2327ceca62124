/// What is wrong with a configuration file, and in which line.
package struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    package let path: String
    /// Counted from 1; `nil` if the file as a whole is meant.
    package let line: Int?
    /// A sentence without its full stop.
    package let what: String

    package init(path: String, line: Int?, what: String) {
        self.path = path
        self.line = line
        self.what = what
    }

    package var description: String {
        let place = self.line.map { "\(self.path):\($0)" } ?? self.path
        return "\(place): \(self.what)"
    }
}
