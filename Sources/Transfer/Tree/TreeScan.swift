internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// Walks a tree in order (parents first, names of a directory bytewise), one entry a call, taking from the index what
/// has not changed and reading from the disk what has. Content is never read here.
final class TreeScan {
    /// One step of the walk.
    struct Item {
        var entry: TreeEntry
        /// The status that the entry was made of.
        var token: ChangeToken
        /// The place in the walk of the first name of the same inode; 0 if this is the first or only one.
        var leader: UInt64
        /// False once the entry was seen to change while it was read.
        var isSettled = true
    }

    /// Which side walks, and so what a surprise means.
    enum Purpose {
        /// What vanishes meanwhile was never there.
        case movingSource
        /// What vanishes meanwhile is an error.
        case stillSource
        /// The receiver's own work of moments ago. It moves the change time of an inode by linking it after it was
        /// written down, so one with several names is believed by inode, size and modification time.
        case target
        /// What an earlier attempt left, perhaps days ago, where anybody may have been meanwhile and have put the
        /// modification time back: believed only while the change time is the one that was written down too, which
        /// nobody can set. What the receiver linked is read again.
        case foundTarget
    }

    private let root: RootedDirectory
    private let rootMount: UInt64
    private let purpose: Purpose
    private let readsAttributes: Bool
    private let hidden: [[UInt8]]
    private let spillDirectory: [UInt8]
    private var index: TreeIndexReader?
    private var levels: [(handle: DirectoryHandle, names: SortedListing)] = []
    private var isStarted = false
    /// The directory given out last, whose children come next.
    private var descent: [UInt8]?
    private var ordinal: UInt64 = 0
    /// Inodes with several names met so far.
    let links: LinkTable

    /// - Parameters:
    ///   - root: where it begins.
    ///   - index: what is known of the tree; `nil` where nothing is.
    ///   - purpose: which side walks.
    ///   - hidden: names in the top directory that are left out.
    ///   - readsAttributes: whether flags and extended attributes are looked at where the index does not have them. Who
    ///     does not need them goes by the change time, which they move.
    ///   - spillDirectory: for temporary files.
    /// - Throws: where there is no root.
    init(
        root: borrowing RootedDirectory, index: consuming TreeIndexReader?, purpose: Purpose, hiding hidden: [[UInt8]],
        readsAttributes: Bool = true, spillDirectory: [UInt8]
    ) throws(TransferError) {
        self.links = try LinkTable(directory: spillDirectory)
        do {
            self.root = try root.duplicated()
            self.rootMount = try root.status(of: []).raw.mount
        } catch { throw .system(error, "open of the root", []) }
        self.index = index
        self.purpose = purpose
        self.readsAttributes = readsAttributes
        self.hidden = hidden
        self.spillDirectory = spillDirectory
    }

    /// The next entry, or `nil` at the end; the root comes first.
    func next() throws(TransferError) -> Item? {
        guard self.isStarted else {
            self.isStarted = true
            let handle = try TransferError.wrap("open of the root", []) { () throws(Errno) in
                try DirectoryHandle(path: [], owning: self.root.duplicated())
            }
            self.descent = []
            return try self.item(handle, [], [])
        }
        try self.descend()
        while let level = self.levels.last {
            guard let name = level.names.next() else {
                self.levels.removeLast()
                continue
            }
            let path = TreePath.join(level.handle.path, name)
            guard path.count <= TreePath.lengthLimit else {
                throw TransferError(.limit, path: path, operation: "walk", detail: "the path is too long")
            }
            guard let item = try self.item(level.handle, name, path) else { continue }
            if item.entry.kind == .directory { self.descent = name }
            return item
        }
        return nil
    }

    /// Leaves out what is below the directory given out last.
    func skipChildren() { self.descent = nil }

    /// An `O_PATH` handle of the entry given out last, which may be another by now: see the token.
    ///
    /// - Returns: `nil` when it vanished and may.
    func open(_ item: Item) throws(TransferError) -> OwnedDescriptor? {
        let name = TreePath.split(item.entry.path).name
        do throws(Errno) {
            guard let level = self.levels.last else { return try self.root.entry(at: []) }
            return try level.handle.entry(name, root: self.root)
        } catch { return try self.vanished(error, "open", item.entry.path) }
    }

    /// Keeps the content of the entry given out last for its other names.
    func note(_ item: Item, content: ByteDigest?) {
        guard item.entry.link != 0, var record = self.links.find(item.entry.link) else { return }
        record.isContentKnown = content == nil ? 0 : 1
        record.content = content ?? .zero
        self.links.update(record)
    }

    private func descend() throws(TransferError) {
        guard let name = self.descent else { return }
        self.descent = nil
        let path = self.levels.last.map { TreePath.join($0.handle.path, name) } ?? []
        do {
            let handle =
                if let parent = self.levels.last {
                    try DirectoryHandle(name, in: parent.handle, root: self.root)
                } else {
                    try DirectoryHandle(path: [], owning: self.root.directory(at: []))
                }
            let names = try SortedListing(
                handle.number(self.root), hiding: path.isEmpty ? self.hidden : [],
                spillDirectory: self.spillDirectory, path: path)
            self.levels.append((handle, names))
        } catch let error as Errno {
            let _: Bool? = try self.vanished(error, "open", path)
            return
        } catch let error as TransferError {
            // A directory that is removed while it is open lists as not found.
            guard error.reason == .system else { throw error }
            let _: Bool? = try self.vanished(Errno(rawValue: error.code), error.operation, path)
            return
        } catch { preconditionFailure("both errors are typed: \(error)") }
        if self.levels.count > DirectoryHandle.openLimit {
            self.levels[self.levels.count - DirectoryHandle.openLimit - 1].handle.release()
        }
    }

    private func item(_ parent: DirectoryHandle, _ name: [UInt8], _ path: [UInt8]) throws(TransferError) -> Item? {
        let status: FileStatus
        do throws(Errno) {
            status = try FileStatus(below: parent.number(self.root), name: name)
        } catch { return try self.vanished(error, "statx", path) }
        guard status.raw.mount == self.rootMount else { throw .system(.improperLink, "walk", path) }
        guard let kind = EntryKind(format: status.format) else {
            throw TransferError(.limit, path: path, operation: "walk", detail: "an entry of an unknown kind")
        }
        var item = Item(
            entry: TreeEntry(path: path, kind: kind, status: status), token: ChangeToken(status), leader: 0)
        let record = self.index?.record(at: path)
        if let record, record.token == item.token {
            item.entry.flags = record.flags
            item.entry.attributes = record.attributes
            item.entry.content = record.content
        } else if self.readsAttributes {
            guard try self.readMetadata(parent, name, &item) else { return nil }
            if self.purpose == .target, status.raw.links > 1, let record, record.token.hasSameContent(as: item.token) {
                item.entry.content = record.content
            }
        }
        if kind == .symlink {
            guard let target = try self.readTarget(parent, name, path) else { return nil }
            item.entry.target = target
        }
        if kind != .regular { item.entry.content = nil }
        self.ordinal += 1
        try self.findLeader(&item)
        return item
    }

    private func findLeader(_ item: inout Item) throws(TransferError) {
        guard item.entry.link != 0 else { return }
        if let known = self.links.find(item.entry.link) {
            item.leader = known.ordinal
            item.entry.content = known.isContentKnown != 0 ? known.content : nil
        } else {
            var record = LinkTable.Record(inode: item.entry.link, ordinal: self.ordinal)
            record.isContentKnown = item.entry.content == nil ? 0 : 1
            record.content = item.entry.content ?? .zero
            try self.links.insert(record, path: item.entry.path)
        }
    }

    /// Reads attributes and flags, from one handle with the status, so that they belong to the same inode.
    private func readMetadata(
        _ parent: DirectoryHandle, _ name: [UInt8], _ item: inout Item
    ) throws(TransferError) -> Bool {
        let path = item.entry.path
        do throws(Errno) {
            let entry = try parent.entry(name, root: self.root)
            let status = try FileStatus(of: entry)
            guard status.raw.inode == item.token.inode, status.format == item.entry.kind.format else {
                throw Errno.staleNFSFileHandle
            }
            item.entry.attributes = try ExtendedAttributes.digest(entry.number)
            if item.entry.kind.hasFlags {
                let flags = O_RDONLY | O_NONBLOCK | vz_o_noatime
                let open = try OwnedDescriptor.checked(vz_reopen(entry.number, flags))
                item.entry.flags = try InodeFlags.read(open.number)
            }
            return true
        } catch {
            let gone: Bool? = try self.vanished(error, "reading attributes", path)
            return gone ?? false
        }
    }

    private func readTarget(
        _ parent: DirectoryHandle, _ name: [UInt8], _ path: [UInt8]
    ) throws(TransferError) -> [UInt8]? {
        do throws(Errno) {
            let number = try parent.number(self.root)
            var target = [CChar](repeating: 0, count: 4096)
            let count = FileName.withCString(name) { readlinkat(number, $0, &target, target.count) }
            guard count >= 0 else { throw Errno.last }
            return target[..<count].map { UInt8(bitPattern: $0) }
        } catch { return try self.vanished(error, "readlink", path) }
    }

    /// What a failed call says of a tree that may move: `nil` when the entry is gone or became another, else an error.
    private func vanished<T: ~Copyable>(_ code: Errno, _ operation: String, _ path: [UInt8]) throws(TransferError) -> T?
    {
        switch code {
        case .noSuchFileOrDirectory, .staleNFSFileHandle, .notDirectory, .tooManySymbolicLinkLevels:
            switch self.purpose {
            case .movingSource: return nil
            case .target where !path.isEmpty, .foundTarget where !path.isEmpty: return nil
            case .stillSource, .target, .foundTarget:
                throw TransferError(.sourceChanged, path: path, operation: operation, code: code)
            }
        default: throw .system(code, operation, path)
        }
    }
}

extension TreeScan {
    /// Reads the content of a file that the index does not vouch for, such as one that a broken pass left.
    func digestUnknown(_ item: inout Item, watch: PassWatch) throws(TransferError) {
        guard item.entry.kind == .regular, item.entry.content == nil, let handle = try self.open(item) else { return }
        item.entry.content = try ContentReader.digest(
            of: handle, size: item.entry.size, path: item.entry.path, watch: watch)
        self.note(item, content: item.entry.content)
    }
}
