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

/// Rules for one name in a directory, as bytes: Linux knows no encoding.
package enum FileName {
    /// The most bytes Linux takes in one name (`NAME_MAX`).
    package static let lengthLimit = 255

    /// True for what can be the name of an entry: not empty, not `.` or `..`, without `/` and NUL, 255 bytes at most.
    package static func isValid(_ name: some Collection<UInt8>) -> Bool {
        guard !name.isEmpty, name.count <= self.lengthLimit else { return false }
        if name.count <= 2, name.allSatisfy({ $0 == UInt8(ascii: ".") }) { return false }
        return !name.contains(UInt8(ascii: "/")) && !name.contains(0)
    }

    /// Calls `body` with `name` as a NUL-terminated C string.
    package static func withCString<R, E: Error>(
        _ name: some Collection<UInt8>, _ body: (UnsafePointer<CChar>) throws(E) -> R
    ) throws(E) -> R {
        var bytes: [CChar] = []
        bytes.reserveCapacity(name.count + 1)
        for byte in name { bytes.append(CChar(bitPattern: byte)) }
        bytes.append(0)
        // The pointer of an array literal argument is valid for the call; a typed throw cannot cross
        // `withUnsafeBufferPointer` in every toolchain, so the address is taken here.
        return try bytes.withUnsafeBufferPointer { (buffer) throws(E) -> R in
            guard let base = buffer.baseAddress else { preconditionFailure("the terminator makes it non-empty") }
            return try body(base)
        }
    }
}
