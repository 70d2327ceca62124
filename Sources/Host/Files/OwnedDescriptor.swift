internal import CLinux
internal import Glibc
package import SystemPackage

/// Owns one file descriptor: opened once, closed once, never copied.
package struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number itself, to be used only while the owner lives.
    package let number: Int32

    /// Takes over a descriptor that nobody else will close.
    package init(owning number: Int32) {
        precondition(number >= 0, "a failed open has no descriptor to own")
        self.number = number
    }

    /// Takes over what an open returned, closed on exec. A number below 3 is moved up, so that it cannot be mistaken
    /// for a child's standard stream.
    ///
    /// - Parameter number: of a descriptor, or negative with errno set.
    /// - Throws: why there is no descriptor.
    init(aboveStandardStreams number: Int32) throws(SystemFailure) {
        guard number >= 0 else { throw SystemFailure(errno) }
        guard number < 3 else {
            self.number = number
            return
        }
        let moved = fcntl(number, F_DUPFD_CLOEXEC, 3)
        let code = errno
        _ = Glibc.close(number)
        guard moved >= 0 else { throw SystemFailure(code) }
        self.number = moved
    }

    /// `/dev/null`, for reading and writing.
    static func null() throws(SystemFailure) -> OwnedDescriptor {
        try OwnedDescriptor(aboveStandardStreams: open("/dev/null", O_RDWR | O_CLOEXEC))
    }

    deinit { _ = Glibc.close(self.number) }

    /// The same descriptor as swift-system knows it, borrowed: it must not outlive or close this one.
    package var descriptor: FileDescriptor { FileDescriptor(rawValue: self.number) }

    /// Closes now, so that a failure is heard, as NFS and quotas report some writes only here.
    package consuming func close() throws(Errno) {
        let number = self.number
        discard self
        // Not retried on EINTR: Linux has freed the number by then. See: 'man 2 close'.
        if Glibc.close(number) != 0 { throw Errno.last }
    }

    /// Turns what an `open` returned into an owner, or throws its errno.
    package static func checked(_ result: Int32) throws(Errno) -> OwnedDescriptor {
        guard result >= 0 else { throw Errno.last }
        return OwnedDescriptor(owning: result)
    }
}

/// A descriptor that no child process inherits, and what it was opened by, so that failures name the file.
struct NamedDescriptor: ~Copyable, Sendable {
    private let handle: OwnedDescriptor
    /// What was opened, for error messages.
    let path: String

    /// - Parameters:
    ///   - path: What to open.
    ///   - flags: See 'man 2 open'; O_CLOEXEC is added.
    ///   - mode: Permissions of a file that is made, less the process's umask.
    ///   - operation: What the caller is about to do, for the message of a failure.
    /// - Throws: ``FileError`` with the errno of open(2).
    init(opening path: String, flags: Int32, mode: mode_t = 0, to operation: String) throws(FileError) {
        let number = Glibc.open(path, flags | O_CLOEXEC, mode)
        guard number >= 0 else { throw FileError(operation, path, errno: Glibc.errno) }
        self.handle = OwnedDescriptor(owning: number)
        self.path = path
    }

    var number: Int32 { self.handle.number }

    func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(self.number, &status) == 0 else { throw FileError("look at", self.path, errno: Glibc.errno) }
        return status
    }

    func write(_ bytes: [UInt8]) throws(FileError) {
        var offset = 0
        while offset < bytes.count {
            let (count, code) = bytes.withUnsafeBytes { buffer in
                (Glibc.write(self.number, buffer.baseAddress.map { $0 + offset }, buffer.count - offset), Glibc.errno)
            }
            if count >= 0 {
                offset += count
            } else if code != EINTR {
                throw FileError("write", self.path, errno: code)
            }
        }
    }

    /// Reads to the end, or to `limit` bytes if there are more.
    func read(upTo limit: Int) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit, 65_536))
        while bytes.count < limit {
            let wanted = min(chunk.count, limit - bytes.count)
            let count = Glibc.read(self.number, &chunk, wanted)
            let code = Glibc.errno
            if count == 0 { break }
            if count > 0 {
                bytes += chunk[..<count]
            } else if code != EINTR {
                throw FileError("read", self.path, errno: code)
            }
        }
        return bytes
    }

    /// Returns once content and metadata are on disk.
    func sync() throws(FileError) {
        guard fsync(self.number) == 0 else { throw FileError("flush", self.path, errno: Glibc.errno) }
    }
}
