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
