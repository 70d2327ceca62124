internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// Reads records of a `TreeIndex` in walk order, each once. Damage ends it early, without an error.
struct TreeIndexReader: ~Copyable {
    /// The record it stands at, or `nil` after the last.
    private(set) var current: IndexRecord?

    private let file: OwnedDescriptor
    private var frames: FrameReader

    /// `nil` for a foreign file, and, if `needsBoot`, for one of before the last start of the server: what is worthless
    /// after a power loss.
    init?(owning file: consuming OwnedDescriptor, needsBoot: Bool) {
        self.frames = FrameReader(DescriptorSource(file.number, watch: PassWatch()), isFile: true)
        self.file = file
        do {
            guard try self.frames.nextFrame() != nil,
                try self.frames.counted(limit: 16) == TreeIndex.magic,
                try self.frames.integer(UInt32.self) == TreeIndex.version
            else { return nil }
            let boot = try self.frames.counted(limit: 64)
            if needsBoot, boot.isEmpty || boot != TreeIndex.bootIdentifier() { return nil }
        } catch { return nil }
        self.advance()
    }

    /// Goes to the next record.
    mutating func advance() {
        let last = self.current?.path
        do { self.current = try self.read() } catch { self.current = nil }
        if let last, let next = self.current?.path, TreePath.compare(last, next) >= 0 { self.current = nil }
    }

    /// The record of `path`, passing over all before it; paths are asked for in walk order.
    mutating func record(at path: [UInt8]) -> IndexRecord? {
        while let record = self.current {
            let order = TreePath.compare(record.path, path)
            if order == 0 { return record }
            if order > 0 { return nil }
            self.advance()
        }
        return nil
    }

    private mutating func read() throws(TransferError) -> IndexRecord? {
        if !self.frames.hasMore { guard try self.frames.nextFrame() != nil else { return nil } }
        let path = try self.frames.counted(limit: TreePath.lengthLimit)
        let inode = try self.frames.integer(UInt64.self)
        let size = try self.frames.integer(UInt64.self)
        let mtime = FileTime(seconds: try self.frames.integer(), nanoseconds: try self.frames.integer())
        let ctime = FileTime(seconds: try self.frames.integer(), nanoseconds: try self.frames.integer())
        let flags = try self.frames.integer(UInt32.self)
        let attributes = try self.frames.digest()
        let hasContent = try self.frames.integer(UInt8.self) != 0
        return IndexRecord(
            path: path, token: ChangeToken(inode: inode, size: size, mtime: mtime, ctime: ctime), flags: flags,
            attributes: attributes, content: hasContent ? try self.frames.digest() : nil)
    }
}

/// Writes records of a `TreeIndex` in walk order.
final class TreeIndexWriter {
    private let file: OwnedDescriptor
    private var frames: FrameWriter
    private var unflushedContent: UInt64 = 0
    /// A process killed in a pass loses the records of at most so many bytes of content.
    private static let unflushedLimit: UInt64 = 8 << 20

    init(owning file: consuming OwnedDescriptor) throws(TransferError) {
        self.frames = FrameWriter(to: file.number, isFile: true, watch: PassWatch())
        self.file = file
        var header = MessageBytes()
        header.add(counted: TreeIndex.magic)
        header.add(TreeIndex.version)
        header.add(counted: TreeIndex.bootIdentifier())
        try self.frames.append(header.bytes)
        try self.frames.flush()
    }

    /// Adds a record behind all others.
    func add(_ record: IndexRecord) throws(TransferError) {
        var bytes = MessageBytes()
        bytes.add(counted: record.path)
        bytes.add(record.token.inode)
        bytes.add(record.token.size)
        for time in [record.token.mtime, record.token.ctime] {
            bytes.add(time.seconds)
            bytes.add(time.nanoseconds)
        }
        bytes.add(record.flags)
        bytes.add(record.attributes)
        bytes.add(UInt8(record.content == nil ? 0 : 1))
        if let content = record.content { bytes.add(content) }
        try self.frames.append(bytes.bytes)
    }

    /// Tells how much content the last record stands for, so that its loss would be felt.
    func note(contentBytes: UInt64) throws(TransferError) {
        self.unflushedContent += contentBytes
        guard self.unflushedContent > Self.unflushedLimit else { return }
        self.unflushedContent = 0
        try self.frames.flush()
    }

    /// Writes out what is buffered, so that a resume can use it.
    func flush() throws(TransferError) {
        try self.frames.flush()
    }

    /// Writes out everything and forces it to disk.
    func finish() throws(TransferError) {
        try self.frames.flush()
        guard fsync(self.file.number) == 0 else { throw TransferError.system(Errno.last, "fsync of the index", []) }
    }
}
