internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// Rules and order of paths inside a tree: names as bytes with `/` between them, the root being empty.
enum TreePath {
    /// The longest path that travels, in bytes. Linux allows trees deeper than any one path it takes.
    static let lengthLimit = 64 << 10

    private static let slash = UInt8(ascii: "/")

    /// Compares in walk order: parents before children, names of one directory bytewise.
    ///
    /// - Returns: negative, 0 or positive. `/` counts as less than any byte that a name can hold.
    static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
        let count = min(left.count, right.count)
        for index in 0..<count where left[index] != right[index] {
            if left[index] == self.slash { return -1 }
            if right[index] == self.slash { return 1 }
            return left[index] < right[index] ? -1 : 1
        }
        return left.count - right.count
    }

    /// True when `path` lies below the directory `ancestor`, which is not below itself.
    static func isBelow(_ path: [UInt8], _ ancestor: [UInt8]) -> Bool {
        if ancestor.isEmpty { return !path.isEmpty }
        return path.count > ancestor.count && path[ancestor.count] == self.slash && path.starts(with: ancestor)
    }

    /// True when every name of a non-empty `path` is one that an entry can have, and the whole is within bounds.
    static func isValid(_ path: [UInt8]) -> Bool {
        guard !path.isEmpty, path.count <= self.lengthLimit else { return false }
        return path.split(separator: self.slash, omittingEmptySubsequences: false).allSatisfy { FileName.isValid($0) }
    }

    /// The directory that holds `path`, and its name there.
    static func split(_ path: [UInt8]) -> (parent: [UInt8], name: [UInt8]) {
        guard let index = path.lastIndex(of: self.slash) else { return ([], path) }
        return (Array(path[..<index]), Array(path[(index + 1)...]))
    }

    /// The path of `name` in `parent`.
    static func join(_ parent: [UInt8], _ name: some Collection<UInt8>) -> [UInt8] {
        var path = parent
        path.reserveCapacity(parent.count + 1 + name.count)
        if !parent.isEmpty { path.append(self.slash) }
        path.append(contentsOf: name)
        return path
    }
}

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
