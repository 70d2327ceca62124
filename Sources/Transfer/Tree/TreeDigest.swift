internal import Crypto

/// The digest of a whole tree: names, metadata, links and content of every entry in walk order.
///
/// Not in it: access times, inode numbers, allocation, sizes of directories, and whether an inode has further names
/// outside the tree.
package struct TreeDigest: Hashable, Sendable, CustomStringConvertible {
    /// SHA-256 over the entries.
    package let digest: ByteDigest
    /// Entries that are no directories, each name counted.
    package let files: UInt64
    /// Directories with the root.
    package let directories: UInt64

    package var description: String {
        "\(self.digest.hex) (\(self.files) files, \(self.directories) directories)"
    }

    func encode(into bytes: inout MessageBytes) {
        bytes.add(self.digest)
        bytes.add(self.files)
        bytes.add(self.directories)
    }

    init(digest: ByteDigest, files: UInt64, directories: UInt64) {
        self.digest = digest
        self.files = files
        self.directories = directories
    }

    init(from reader: inout FrameReader) throws(TransferError) {
        self.digest = try reader.digest()
        self.files = try reader.integer()
        self.directories = try reader.integer()
    }
}

/// Digests entries as a walk gives them out.
struct TreeHasher {
    private var hasher = SHA256()
    private(set) var files: UInt64 = 0
    private(set) var directories: UInt64 = 0

    /// Adds the next entry; `content` is that of a regular file.
    mutating func add(_ item: TreeScan.Item, content: ByteDigest?) {
        var entry = item.entry
        if entry.kind == .directory { self.directories += 1 } else { self.files += 1 }
        entry.atime = FileTime(seconds: 0, nanoseconds: 0)
        entry.content = content
        entry.link = item.leader
        var bytes = MessageBytes()
        entry.encode(into: &bytes)
        self.hasher.update(data: bytes.bytes)
    }

    func finish() -> TreeDigest {
        TreeDigest(digest: ByteDigest(self.hasher.finalize()), files: self.files, directories: self.directories)
    }
}
