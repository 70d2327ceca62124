internal import CLinux
internal import Glibc
internal import HostAccess

/// What must be the same for a file on this disk to hold what it held: nothing can be written without moving one of
/// these, except through a dirty mapped page, for which see `TreeIndex`.
struct ChangeToken: Hashable {
    /// 0 in a token that matches nothing.
    var inode: UInt64
    var size: UInt64
    var mtime: FileTime
    var ctime: FileTime

    init(_ status: FileStatus) {
        self.inode = status.raw.inode
        self.size = status.raw.size
        self.mtime = FileTime(seconds: status.raw.mtime_s, nanoseconds: status.raw.mtime_ns)
        self.ctime = FileTime(seconds: status.raw.ctime_s, nanoseconds: status.raw.ctime_ns)
    }

    init(inode: UInt64, size: UInt64, mtime: FileTime, ctime: FileTime) {
        self.inode = inode
        self.size = size
        self.mtime = mtime
        self.ctime = ctime
    }

    /// True when the content is the same if only links or metadata moved the change time. Good enough where nobody but
    /// the receiver writes, which sets mtime last of all.
    func hasSameContent(as other: ChangeToken) -> Bool {
        self.inode != 0 && self.inode == other.inode && self.size == other.size && self.mtime == other.mtime
    }
}
