internal import CSQLiteShim
internal import Glibc

/// What statfs(2) says lies below a path, as far as it matters to a journal.
enum FileSystemKind {
    /// Refuses file systems that are not on a disk of this machine, or on which SQLite's WAL does not work.
    static func requireDurable(_ path: String) throws(JournalError) {
        var type: UInt = 0
        guard vz_file_system_type(path, &type) == 0 else {
            throw .system("examine the file system of", path, errno: errno)
        }
        if let kind = Self.unsuitable[UInt32(truncatingIfNeeded: type)] {
            throw .unsuitableFileSystem(path: path, kind: kind)
        }
    }

    /// See: 'man 2 statfs' and linux/magic.h.
    private static let unsuitable: [UInt32: String] = [
        0x0102_1994: "tmpfs, which a reboot empties",
        0x8584_58F6: "ramfs, which a reboot empties",
        0x794C_7630: "overlayfs",
        0x0000_6969: "NFS",
        0xFF53_4D42: "CIFS",
        0xFE53_4D42: "SMB",
        0x0000_517B: "SMB",
        0x6573_5546: "a FUSE file system",
        0x0102_1997: "9p",
        0x00C3_6400: "Ceph",
        0x0116_1970: "GFS2, which other machines write as well",
        0x7461_636F: "OCFS2, which other machines write as well",
        0x5346_414F: "AFS",
        0x786F_4256: "a VirtualBox shared folder",
    ]
}
