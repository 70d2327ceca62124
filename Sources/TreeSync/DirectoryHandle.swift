internal import CLinux
internal import Glibc
internal import HostAccess
internal import SystemPackage

/// A directory on the way from the root to where a walk stands.
///
/// A tree may be deeper than the descriptors a process has, so a handle far from the walk's place is let go and opened
/// again, by its path from the root, when the walk comes back to it; that it is still the same inode is checked.
final class DirectoryHandle {
    /// Walks keep so many of the deepest handles open.
    static let openLimit = 64

    let path: [UInt8]
    private let inode: UInt64
    private var handle: Open?

    init(path: [UInt8], owning handle: consuming RootedDirectory) throws(Errno) {
        self.path = path
        self.inode = try handle.status(of: []).raw.inode
        self.handle = Open(handle)
    }

    /// Opens `name` in `parent`.
    convenience init(_ name: [UInt8], in parent: DirectoryHandle, root: borrowing RootedDirectory) throws(Errno) {
        try parent.reopen(root)
        guard let open = parent.handle else { throw .badFileDescriptor }
        try self.init(path: TreePath.join(parent.path, name), owning: try open.directory.directory(at: name))
    }

    /// The descriptor number, valid until `release`.
    func number(_ root: borrowing RootedDirectory) throws(Errno) -> Int32 {
        try self.reopen(root)
        guard let open = self.handle else { throw .badFileDescriptor }
        return open.directory.number
    }

    /// An `O_PATH` handle of the entry `name` here.
    func entry(_ name: [UInt8], root: borrowing RootedDirectory) throws(Errno) -> OwnedDescriptor {
        try self.reopen(root)
        guard let open = self.handle else { throw .badFileDescriptor }
        return try open.directory.entry(at: name)
    }

    /// Lets the descriptor go until it is needed again.
    func release() { self.handle = nil }

    private func reopen(_ root: borrowing RootedDirectory) throws(Errno) {
        guard self.handle == nil else { return }
        let handle = try root.directory(at: self.path)
        guard try handle.status(of: []).raw.inode == self.inode else { throw .staleNFSFileHandle }
        self.handle = Open(handle)
    }

    /// An optional cannot lend what is not copyable; an object can.
    private final class Open {
        let directory: RootedDirectory
        init(_ directory: consuming RootedDirectory) { self.directory = directory }
    }
}
