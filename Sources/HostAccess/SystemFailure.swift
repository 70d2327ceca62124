internal import Glibc

/// An errno that prints as the system's own words.
package struct SystemFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let code: Int32

    package init(_ code: Int32) {
        self.code = code
    }

    package var description: String {
        guard let words = strerror(self.code) else { return "errno \(self.code)" }
        return "\(String(cString: words)) (errno \(self.code))"
    }
}
