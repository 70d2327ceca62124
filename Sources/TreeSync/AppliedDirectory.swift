internal import CLinux
internal import FrameStream
internal import Glibc
internal import HostAccess
internal import SystemPackage

/// A directory that the receiver works in. What changes below it moves its times, and what is immutable must be
/// unlocked for the work; both are put right when the work leaves it.
final class AppliedDirectory {
    let handle: DirectoryHandle
    private var isTouched = false
    private var atime = FileTime(seconds: 0, nanoseconds: 0)
    private var mtime = FileTime(seconds: 0, nanoseconds: 0)
    private var flags: UInt32 = 0

    init(_ handle: DirectoryHandle) { self.handle = handle }

    /// Makes ready for a change of its entries.
    func touch(_ root: borrowing RootedDirectory) throws(Errno) {
        guard !self.isTouched else { return }
        let number = try self.handle.number(root)
        let status = try FileStatus(below: number, name: [])
        self.atime = FileTime(seconds: status.raw.atime_s, nanoseconds: status.raw.atime_ns)
        self.mtime = FileTime(seconds: status.raw.mtime_s, nanoseconds: status.raw.mtime_ns)
        self.flags = try InodeFlags.unlock(number)
        self.isTouched = true
    }

    /// Takes the metadata that it is to have in the end.
    func prepare(_ entry: TreeEntry) {
        self.atime = entry.atime
        self.mtime = entry.mtime
        self.flags = entry.flags
        self.isTouched = true
    }

    /// Sets times and flags; nothing below it changes any more.
    func leave(_ root: borrowing RootedDirectory) throws(TransferError) {
        guard self.isTouched else { return }
        do throws(Errno) {
            let number = try self.handle.number(root)
            guard
                vz_set_times(
                    number, self.atime.seconds, self.atime.nanoseconds, self.mtime.seconds, self.mtime.nanoseconds)
                    == 0
            else { throw Errno.last }
            try InodeFlags.write(self.flags, to: number)
        } catch { throw .system(error, "setting directory times and flags", self.handle.path) }
    }
}
