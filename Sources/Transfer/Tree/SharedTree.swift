internal import CLinux
internal import Crypto
internal import Host
internal import SystemPackage

/// A tree that two nodes have on the same storage: nothing of it travels, and each says what it sees there.
package struct SharedTree: Sendable {
    private let root: [UInt8]
    private let spillDirectory: [UInt8]
    private let cancellation: TransferControl

    /// - Parameters:
    ///   - root: the path of an existing directory, trusted; nothing below it is.
    ///   - spillDirectory: an existing directory outside the root, for temporary files.
    ///   - cancellation: ends a walk from another thread.
    package init(
        root: [UInt8], spillDirectory: [UInt8], cancellation: TransferControl = TransferControl()
    ) {
        self.root = root
        self.spillDirectory = spillDirectory
        self.cancellation = cancellation
    }

    /// Forces to the storage what this node has written, pages that programs have mapped included: what the other node
    /// reads there is then what this one has.
    package func flush() throws(TransferError) {
        let root = try self.openRoot()
        guard vz_syncfs(root.number) == 0 else { throw .system(Errno.last, "syncfs", []) }
    }

    /// Digests what `statx` says of every entry, the number and the change time of its inode included. Content is not
    /// read: on one storage the same inode with the same change time is the same file, and nobody can set that time.
    ///
    /// - Parameter isStill: whether nothing may change meanwhile; else what vanishes was never there.
    /// - Returns: the same on both nodes, if they see the same.
    /// - Throws: also for a mount point in the tree, and where it is cancelled.
    package func digest(isStill: Bool) throws(TransferError) -> TreeDigest {
        let watch = PassWatch(self.cancellation)
        let scan = try TreeScan(
            root: self.openRoot(), index: nil, purpose: isStill ? .stillSource : .movingSource, hiding: [],
            readsAttributes: false, spillDirectory: self.spillDirectory)
        var hasher = TreeHasher()
        while let item = try scan.next() {
            try watch.check()
            hasher.add(item, content: Self.digest(of: item.token))
        }
        return hasher.finish()
    }

    private static func digest(of token: ChangeToken) -> ByteDigest {
        var bytes = MessageBytes()
        bytes.add(token.inode)
        bytes.add(token.size)
        bytes.add(token.ctime.seconds)
        bytes.add(token.ctime.nanoseconds)
        return ByteDigest(SHA256.hash(data: bytes.bytes))
    }

    private func openRoot() throws(TransferError) -> RootedDirectory {
        try TransferError.wrap("open", self.root) { () throws(Errno) in try RootedDirectory(path: self.root) }
    }
}
