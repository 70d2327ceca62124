internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// What one side knows of the files on its own disk without reading them: a file of records in walk order, each saying
/// that an inode with this size, modification and change time has this content and these attributes.
///
/// A record is believed only while the inode still shows that token, so a record that is out of date, lost or left by
/// a broken pass costs reading but never correctness. Two things need more than the token:
///
/// - A page that a process dirtied through a mapping moves no time stamp until the kernel writes it back, and a write
///   within the same clock tick as the one before may leave the stamps as they were. So the sender reads the coarse
///   clock, then calls `syncfs`, then walks; a file whose times are not older than that reading goes into the index
///   with a token that matches nothing, and its content is looked at again by the next pass (git calls it racy).
/// - After a power loss inodes may be on disk and content not. So a finished index is put in place only after
///   `syncfs`, and the log of a broken pass is used only under the same boot id.
///
/// An index that is damaged, cut short or of another version is read as far as it makes sense, at worst not at all.
struct TreeIndex {
    static let magic: [UInt8] = Array("VZTREEIX".utf8)
    static let version: UInt32 = 1

    private let directory: [UInt8]
    private let name: String

    /// - Parameters:
    ///   - directory: exists, belongs to the host and is private to one tree and one pass at a time.
    ///   - name: `source` or `target`, so that both can lie in one directory.
    init(directory: [UInt8], name: String) {
        self.directory = directory
        self.name = name
    }

    /// The records of earlier passes, or `nil` when there are none to use.
    func reader(_ suffix: Suffix = .finished) -> TreeIndexReader? {
        let number = FileName.withCString(self.path(suffix)) { vz_open_at(AT_FDCWD, $0, O_RDONLY | O_NOFOLLOW, 0) }
        guard number >= 0 else { return nil }
        return TreeIndexReader(owning: OwnedDescriptor(owning: number), needsBoot: suffix == .log)
    }

    /// Begins a new file, replacing any of that suffix.
    func writer(_ suffix: Suffix) throws(TransferError) -> TreeIndexWriter {
        let path = self.path(suffix)
        let file = try TransferError.wrap("open", path) { () throws(Errno) -> OwnedDescriptor in
            let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
            return try OwnedDescriptor.checked(
                FileName.withCString(path) { vz_open_at(AT_FDCWD, $0, flags, 0o600) })
        }
        return try TreeIndexWriter(owning: file)
    }

    /// Puts a complete file in the place of the index, durably, and drops the log.
    func replace(with suffix: Suffix, _ writer: TreeIndexWriter) throws(TransferError) {
        try writer.finish()
        let from = self.path(suffix)
        let result = FileName.withCString(from) { from in
            FileName.withCString(self.path(.finished)) { vz_rename(AT_FDCWD, from, AT_FDCWD, $0, 0) }
        }
        guard result == 0 else { throw TransferError.system(Errno.last, "rename", from) }
        if suffix != .log { self.drop(.log) }
        try TransferError.wrap("fsync", self.directory) { () throws(Errno) in
            let parent = try RootedDirectory(path: self.directory)
            if fsync(parent.number) != 0 { throw Errno.last }
        }
    }

    /// Merges the log of a broken or finished pass into the index; where both know a path, the log wins.
    func absorbLog() throws(TransferError) {
        guard var log = self.reader(.log) else { return self.drop(.log) }
        let merged = try self.writer(.merged)
        var old = self.reader()
        while let record = log.current {
            while let older = old?.current, TreePath.compare(older.path, record.path) < 0 {
                try merged.add(older)
                old?.advance()
            }
            if old?.current?.path == record.path { old?.advance() }
            try merged.add(record)
            log.advance()
        }
        while let older = old?.current {
            try merged.add(older)
            old?.advance()
        }
        try self.replace(with: .merged, merged)
    }

    private func drop(_ suffix: Suffix) {
        _ = FileName.withCString(self.path(suffix)) { unlink($0) }
    }

    private func path(_ suffix: Suffix) -> [UInt8] {
        TreePath.join(self.directory, Array((self.name + suffix.rawValue).utf8))
    }

    /// The files of one index.
    enum Suffix: String {
        case finished = ".index"
        case log = ".index.log"
        case merged = ".index.merged"
        case full = ".index.full"
    }

    /// Names this boot of this kernel; empty where /proc does not say.
    static func bootIdentifier() -> [UInt8] {
        let number = "/proc/sys/kernel/random/boot_id".withCString { vz_open_at(AT_FDCWD, $0, O_RDONLY, 0) }
        guard number >= 0 else { return [] }
        let file = OwnedDescriptor(owning: number)
        var text = [UInt8](repeating: 0, count: 36)
        let count = read(file.number, &text, text.count)
        return count == text.count ? text : []
    }
}

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

/// One believed fact of a `TreeIndex`.
struct IndexRecord {
    var path: [UInt8]
    /// With inode 0 it matches nothing: the entry was seen in motion.
    var token: ChangeToken
    var flags: UInt32
    var attributes: ByteDigest
    /// `nil` for what is no regular file.
    var content: ByteDigest?
}
