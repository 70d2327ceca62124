internal import CLinux
internal import Glibc
internal import Host

/// Everything about one entry of a tree that must arrive, content aside.
package struct TreeEntry: Hashable, Sendable {
    /// Relative to the root, which is empty.
    package var path: [UInt8]
    package var kind: EntryKind
    /// Permission bits with setuid, setgid and sticky.
    package var mode: UInt32
    package var user: UInt32
    package var group: UInt32
    /// Bytes of a regular file; 0 for everything else.
    package var size: UInt64
    package var mtime: FileTime
    /// Arrives, but is never compared: reading moves it.
    package var atime: FileTime
    /// Of a device; 0 otherwise.
    package var deviceMajor: UInt32
    package var deviceMinor: UInt32
    /// The inode flags that travel, see `InodeFlags`.
    package var flags: UInt32
    /// Of a symlink; empty otherwise.
    package var target: [UInt8]
    /// Digest of the extended attributes; zero without any.
    package var attributes: ByteDigest
    /// Digest of a regular file's content, or `nil` when it is not known without reading.
    package var content: ByteDigest?
    /// The inode on the disk it was read from if that has several names, else 0.
    package var link: UInt64

    /// True when nothing needs to be set on the one to make it like the other, content and names aside.
    func hasSameMetadata(as other: TreeEntry) -> Bool {
        self.mode == other.mode && self.user == other.user && self.group == other.group
            && self.mtime == other.mtime && self.flags == other.flags && self.attributes == other.attributes
    }

    /// True when the one can be turned into the other by setting metadata, content aside.
    func isSameObject(as other: TreeEntry) -> Bool {
        self.kind == other.kind && self.target == other.target && self.deviceMajor == other.deviceMajor
            && self.deviceMinor == other.deviceMinor
    }

    /// Adds the fields in the form of the wire.
    func encode(into bytes: inout MessageBytes) {
        bytes.add(counted: self.path)
        bytes.add(self.kind.rawValue)
        bytes.add(self.mode)
        bytes.add(self.user)
        bytes.add(self.group)
        bytes.add(self.size)
        for time in [self.mtime, self.atime] {
            bytes.add(time.seconds)
            bytes.add(time.nanoseconds)
        }
        bytes.add(self.deviceMajor)
        bytes.add(self.deviceMinor)
        bytes.add(self.flags)
        bytes.add(counted: self.target)
        bytes.add(self.attributes)
        bytes.add(UInt8(self.content == nil ? 0 : 1))
        if let content { bytes.add(content) }
        bytes.add(self.link)
    }

    /// Reads the fields; anything out of bounds throws, so a decoded entry is safe to make.
    init(from reader: inout FrameReader) throws(TransferError) {
        self.path = try reader.counted(limit: TreePath.lengthLimit)
        guard self.path.isEmpty || TreePath.isValid(self.path) else { throw reader.undecodable("path") }
        guard let kind = EntryKind(rawValue: try reader.integer(UInt8.self)) else {
            throw reader.undecodable("kind of entry")
        }
        self.kind = kind
        self.mode = try reader.integer(UInt32.self)
        self.user = try reader.integer(UInt32.self)
        self.group = try reader.integer(UInt32.self)
        self.size = try reader.integer(UInt64.self)
        self.mtime = FileTime(seconds: try reader.integer(), nanoseconds: try reader.integer())
        self.atime = FileTime(seconds: try reader.integer(), nanoseconds: try reader.integer())
        self.deviceMajor = try reader.integer(UInt32.self)
        self.deviceMinor = try reader.integer(UInt32.self)
        self.flags = try reader.integer(UInt32.self)
        self.target = try reader.counted(limit: 4095)
        self.attributes = try reader.digest()
        self.content = try reader.integer(UInt8.self) == 0 ? nil : try reader.digest()
        self.link = try reader.integer(UInt64.self)
        try self.validate(reader)
    }

    private func validate(_ reader: borrowing FrameReader) throws(TransferError) {
        guard self.mode <= 0o7777, self.flags & ~InodeFlags.travelling == 0, self.size <= UInt64(Int64.max),
            self.mtime.nanoseconds < 1_000_000_000, self.atime.nanoseconds < 1_000_000_000,
            self.target.isEmpty != (self.kind == .symlink), !self.target.contains(0),
            self.user != .max, self.group != .max, !self.path.isEmpty || self.kind == .directory
        else { throw reader.undecodable("metadata of \(TransferError.printable(self.path))") }
    }
}

extension TreeEntry {
    /// Makes an entry of what one `statx` said; flags, attributes, target and content are for the caller to fill in.
    init(path: [UInt8], kind: EntryKind, status: FileStatus) {
        let raw = status.raw
        self.path = path
        self.kind = kind
        self.mode = raw.mode & 0o7777
        self.user = raw.user
        self.group = raw.group
        self.size = kind == .regular ? raw.size : 0
        self.mtime = FileTime(seconds: raw.mtime_s, nanoseconds: raw.mtime_ns)
        self.atime = FileTime(seconds: raw.atime_s, nanoseconds: raw.atime_ns)
        let isDevice = kind == .characterDevice || kind == .blockDevice
        self.deviceMajor = isDevice ? raw.device_major : 0
        self.deviceMinor = isDevice ? raw.device_minor : 0
        self.flags = 0
        self.target = []
        self.attributes = .zero
        self.content = nil
        self.link = kind != .directory && raw.links > 1 ? raw.inode : 0
    }
}

/// The kinds of things a directory can hold.
package enum EntryKind: UInt8, Hashable, Sendable {
    case regular = 1, directory = 2, symlink = 3, characterDevice = 4, blockDevice = 5, fifo = 6, socket = 7

    /// - Returns: `nil` for a format that Linux does not have.
    init?(format: UInt32) {
        switch format {
        case UInt32(S_IFREG): self = .regular
        case UInt32(S_IFDIR): self = .directory
        case UInt32(S_IFLNK): self = .symlink
        case UInt32(S_IFCHR): self = .characterDevice
        case UInt32(S_IFBLK): self = .blockDevice
        case UInt32(S_IFIFO): self = .fifo
        case UInt32(S_IFSOCK): self = .socket
        default: return nil
        }
    }

    /// The `S_IFMT` bits.
    var format: UInt32 {
        switch self {
        case .regular: UInt32(S_IFREG)
        case .directory: UInt32(S_IFDIR)
        case .symlink: UInt32(S_IFLNK)
        case .characterDevice: UInt32(S_IFCHR)
        case .blockDevice: UInt32(S_IFBLK)
        case .fifo: UInt32(S_IFIFO)
        case .socket: UInt32(S_IFSOCK)
        }
    }

    /// True for the kinds whose inode flags (chattr) can be read without waking a device.
    var hasFlags: Bool { self == .regular || self == .directory }
}

/// A point in time as a file system keeps it.
package struct FileTime: Hashable, Comparable, Sendable {
    /// Seconds since 1970; negative before.
    package var seconds: Int64
    /// Nanoseconds after that second, below 10^9.
    package var nanoseconds: UInt32

    init(seconds: Int64, nanoseconds: UInt32) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Takes one number; not negative, for it comes from a clock.
    init(nanosecondsSince1970 value: Int64) {
        self.seconds = value / 1_000_000_000
        self.nanoseconds = UInt32(value % 1_000_000_000)
    }

    package static func < (left: FileTime, right: FileTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}
