package import CLinux
internal import Glibc
package import SystemPackage

/// What `statx` says of one inode.
package struct FileStatus: Sendable {
    /// The plain values; times are seconds and nanoseconds since 1970, and seconds may be negative.
    package let raw: vz_status

    /// Reads the status of what an open descriptor, also an `O_PATH` one, stands for.
    package init(of descriptor: borrowing OwnedDescriptor) throws(Errno) {
        try self.init(below: descriptor.number, name: [])
    }

    /// Reads the status of `name` (one name, no path) in an open directory, never following a symlink.
    package init(below directory: Int32, name: [UInt8]) throws(Errno) {
        var raw = vz_status()
        let result = FileName.withCString(name) { vz_status_at(directory, $0, &raw) }
        guard result == 0 else { throw Errno.last }
        self.raw = raw
    }

    /// The `S_IFMT` bits of the mode.
    package var format: UInt32 { self.raw.mode & UInt32(S_IFMT) }
    /// True for a directory itself, false for a symlink to one.
    package var isDirectory: Bool { self.format == UInt32(S_IFDIR) }
    /// True for a regular file.
    package var isRegular: Bool { self.format == UInt32(S_IFREG) }
}
