internal import CLinux
internal import Glibc
package import SystemPackage

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

/// A system call on a file of this server that failed.
package struct FileError: Error, Hashable, CustomStringConvertible {
    /// A verb that reads after "could not", such as `rename`.
    package let operation: String
    package let path: String
    /// The other path of an operation that has two; `nil` for those that have one.
    package let destination: String?
    /// See: 'man 3 errno'.
    package let errno: Int32

    package init(_ operation: String, _ path: String, to destination: String? = nil, errno: Int32) {
        self.operation = operation
        self.path = path
        self.destination = destination
        self.errno = errno
    }

    /// Whether there was no such file (ENOENT).
    package var isMissingFile: Bool { self.errno == ENOENT }

    /// Whether what was to be made was there already (EEXIST).
    package var isExistingFile: Bool { self.errno == EEXIST }

    package var description: String {
        let paths = [self.path, self.destination].compactMap(\.self).joined(separator: " to ")
        return "could not \(self.operation) \(paths): \(String(cString: strerror(self.errno)))"
    }
}

extension Errno {
    /// The error of the C call that failed just now on this thread; any call in between may have changed it.
    package static var last: Errno { Errno(rawValue: vz_errno()) }
}
