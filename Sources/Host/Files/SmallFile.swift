package import Glibc

/// Reads and writes whole files that are known to be small: settings, status files of the kernel, logs.
package enum SmallFile {
    /// The first `bound` bytes of a file; a symbolic link as its last part is not followed.
    package static func read(_ path: String, bound: Int) throws(SystemFailure) -> [UInt8] {
        try self.read(below: AT_FDCWD, path, bound: bound)
    }

    /// The same for a name in an open directory.
    package static func read(below directory: Int32, _ name: String, bound: Int) throws(SystemFailure) -> [UInt8] {
        let file = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { throw SystemFailure(errno) }
        defer { close(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while content.count < bound {
            let count = Glibc.read(file, &buffer, min(buffer.count, bound - content.count))
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw SystemFailure(errno)
            }
            if count == 0 { break }
            content += buffer.prefix(count)
        }
        return content
    }

    /// The same, as text.
    package static func text(_ path: String, bound: Int = 1 << 20) throws(SystemFailure) -> String {
        String(decoding: try self.read(path, bound: bound), as: UTF8.self)
    }

    /// One `write` into a file that exists, as the kernel's control files want it.
    package static func control(_ path: String, _ text: String) throws(SystemFailure) {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemFailure(errno) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else { throw SystemFailure(errno) }
    }

    /// A new file in an open directory, on disk when this returns. An older one of that name is replaced, not written
    /// to.
    package static func create(
        below directory: Int32, _ name: String, _ bytes: [UInt8], mode: mode_t
    ) throws(SystemFailure) {
        if unlinkat(directory, name, 0) != 0, errno != ENOENT { throw SystemFailure(errno) }
        let file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard file >= 0 else { throw SystemFailure(errno) }
        defer { close(file) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw SystemFailure(errno) }
            written += count
        }
        guard fchmod(file, mode) == 0, fsync(file) == 0 else { throw SystemFailure(errno) }
    }
}
