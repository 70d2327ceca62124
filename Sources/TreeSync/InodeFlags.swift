internal import CLinux
internal import Glibc
internal import HostAccess
internal import SystemPackage

/// The inode flags of chattr that travel.
///
/// Left out: what the file system sets on its own (extents, inline data, indexed), and what can only be set on an empty
/// file or a whole project (no-copy-on-write, casefold, project inheritance, compression).
/// See: 'man 2 ioctl_iflags', linux/fs.h.
enum InodeFlags {
    /// Immutable and append-only: while one is set even root can change nothing.
    static let locking: UInt32 = 0x10 | 0x20
    /// Those compared and set: S, i, a, d, A, j, D, T.
    static let travelling: UInt32 = 0x08 | locking | 0x40 | 0x80 | 0x4000 | 0x10000 | 0x20000

    /// The travelling flags of an open regular file or directory; none where the file system knows no flags.
    static func read(_ number: Int32) throws(Errno) -> UInt32 {
        try self.readAll(number) & self.travelling
    }

    /// Sets the travelling flags to exactly `flags`, keeping the others.
    static func write(_ flags: UInt32, to number: Int32) throws(Errno) {
        let current = try self.readAll(number)
        guard current & self.travelling != flags else { return }
        guard vz_set_flags(number, (current & ~self.travelling) | flags) == 0 else { throw Errno.last }
    }

    /// Takes immutable and append-only off.
    ///
    /// - Returns: the travelling flags as they were.
    @discardableResult
    static func unlock(_ number: Int32) throws(Errno) -> UInt32 {
        let flags = try self.read(number)
        if flags & self.locking != 0 { try self.write(flags & ~self.locking, to: number) }
        return flags
    }

    /// Takes immutable and append-only off whatever an `O_PATH` descriptor stands for, if it can have them.
    ///
    /// - Returns: the travelling flags as they were.
    @discardableResult
    static func unlock(entry: borrowing OwnedDescriptor) throws(Errno) -> UInt32 {
        let status = try FileStatus(of: entry)
        guard status.isRegular || status.isDirectory else { return 0 }
        let open = try OwnedDescriptor.checked(vz_reopen(entry.number, O_RDONLY | O_NONBLOCK | vz_o_noatime))
        return try self.unlock(open.number)
    }

    private static func readAll(_ number: Int32) throws(Errno) -> UInt32 {
        var flags: UInt32 = 0
        if vz_get_flags(number, &flags) == 0 { return flags }
        switch Errno.last {
        case .inappropriateIOCTLForDevice, .notSupported, .noFunction, .invalidArgument: return 0
        case let code: throw code
        }
    }
}
