internal import CLinux
internal import FrameStream
internal import Glibc
internal import HostAccess
internal import SystemPackage

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
