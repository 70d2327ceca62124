internal import CLinux
internal import Glibc
internal import HostAccess
internal import SystemPackage

/// One pass of a receiver: reads the sender's messages and does what they say, below the root and nowhere else.
///
/// A file whose content changes is removed and made anew under its own name. Nobody reads the incoming area, so there
/// is nothing that a temporary name and a rename would protect; a half-made file is told from a whole one by the
/// index, which has no record of its inode yet; and the other names of the old inode keep what they had until the
/// sender says `link`. So a crash leaves neither strange names nor half-true ones.
final class ReceiverPass {
    let trail: ReceiverTrail
    var frames: FrameReader
    private let log: TreeIndexWriter
    private let hiding: [[UInt8]]
    private(set) var report: PassReport
    private var last: [UInt8]?

    init(
        _ pass: TreePass, frames: consuming FrameReader, root: borrowing RootedDirectory, log: TreeIndexWriter,
        hiding: [[UInt8]]
    ) throws(TreeSyncError) {
        self.trail = try ReceiverTrail(root: root)
        self.frames = frames
        self.log = log
        self.hiding = hiding
        self.report = PassReport(pass: pass)
    }

    /// Works until the trailer.
    ///
    /// - Returns: what the sender says the tree is.
    func run(_ check: () throws(TreeSyncError) -> Void) throws(TreeSyncError) -> TreeDigest {
        while true {
            try check()
            switch try self.nextTag() {
            case .create: try self.create(try self.entry())
            case .update: try self.update(try self.entry())
            case .link: try self.link()
            case .remove: try self.remove()
            case .trailer:
                let digest = try TreeDigest(from: &self.frames)
                try self.trail.finish()
                return digest
            case .begin, .attribute, .attributesEnd, .data, .contentEnd, .held, .heldEnd:
                throw self.frames.undecodable("message out of place")
            }
        }
    }

    /// Reads on to the next message, over frame borders.
    func nextTag() throws(TreeSyncError) -> TreeMessage {
        try Self.nextTag(&self.frames)
    }

    static func nextTag(_ frames: inout FrameReader) throws(TreeSyncError) -> TreeMessage {
        if !frames.hasMore {
            switch try frames.nextFrame() {
            case .compressed, .raw: break
            case .failed: throw TreeSyncError(encoded: try frames.rest())
            case .reply: throw frames.undecodable("a reply from the sender")
            case nil: throw TreeSyncError(.connectionLost, operation: "read of the sender's changes")
            }
        }
        guard let tag = TreeMessage(rawValue: try frames.integer(UInt8.self)) else {
            throw frames.undecodable("message tag")
        }
        return tag
    }

    /// True for one more of a row of messages, false for the one that ends it.
    private func isNext(_ tag: TreeMessage, before end: TreeMessage) throws(TreeSyncError) -> Bool {
        let next = try self.nextTag()
        guard next == tag || next == end else { throw self.frames.undecodable("message out of place") }
        return next == tag
    }

    private func entry() throws(TreeSyncError) -> TreeEntry {
        let entry = try TreeEntry(from: &self.frames)
        try self.checkOrder(entry.path)
        return entry
    }

    private func path() throws(TreeSyncError) -> [UInt8] {
        let path = try self.frames.counted(limit: TreePath.lengthLimit)
        guard TreePath.isValid(path) else { throw self.frames.undecodable("path") }
        try self.checkOrder(path)
        return path
    }

    private func checkOrder(_ path: [UInt8]) throws(TreeSyncError) {
        if let last, TreePath.compare(last, path) >= 0 { throw self.frames.undecodable("path out of order") }
        if self.hiding.contains(where: { $0 == path || TreePath.isBelow(path, $0) }) {
            throw self.frames.undecodable("a path that is fenced off")
        }
        self.last = path
    }

    private func remove() throws(TreeSyncError) {
        let path = try self.path()
        let place = try self.trail.enterParent(of: path)
        try TreeRemoval.remove(below: place.directory, place.name, path: path)
        self.report.deleted += 1
    }

    private func link() throws(TreeSyncError) {
        let path = try self.path()
        let first = try self.frames.counted(limit: TreePath.lengthLimit)
        guard TreePath.isValid(first), TreePath.compare(first, path) < 0 else {
            throw self.frames.undecodable("link target")
        }
        let place = try self.trail.enterParent(of: path)
        try TreeRemoval.remove(below: place.directory, place.name, path: path)
        do throws(Errno) {
            let entry = try self.trail.root.entry(at: first)
            let flags = try InodeFlags.unlock(entry: entry)
            let result = FileName.withCString(place.name) {
                vz_link_descriptor(entry.number, place.directory.number, $0)
            }
            guard result == 0 else { throw Errno.last }
            if flags & InodeFlags.locking != 0 {
                let open = try OwnedDescriptor.checked(vz_reopen(entry.number, O_RDONLY | vz_o_noatime))
                try InodeFlags.write(flags, to: open.number)
            }
        } catch { throw .system(error, "link", path) }
        self.report.entriesUpdated += 1
    }

    private func update(_ entry: TreeEntry) throws(TreeSyncError) {
        if entry.kind == .directory {
            try self.finishDirectory(entry)
        } else {
            let place = try self.trail.enterParent(of: entry.path)
            let handle = try self.open(entry, place)
            do { try InodeFlags.unlock(entry: handle) } catch { throw .system(error, "unlock", entry.path) }
            try self.setMetadata(handle, entry)
        }
        self.report.entriesUpdated += 1
    }

    private func create(_ entry: TreeEntry) throws(TreeSyncError) {
        guard !entry.path.isEmpty else { throw self.frames.undecodable("creation of the root") }
        let place = try self.trail.enterParent(of: entry.path)
        try TreeRemoval.remove(below: place.directory, place.name, path: entry.path)
        if entry.kind == .regular { return try self.createFile(entry, place) }
        let number = place.directory.number
        let result = FileName.withCString(place.name) { name in
            switch entry.kind {
            case .directory: mkdirat(number, name, 0o700)
            case .symlink: FileName.withCString(entry.target) { symlinkat($0, number, name) }
            case .regular, .characterDevice, .blockDevice, .fifo, .socket:
                vz_make_node(number, name, entry.kind.format | 0o600, entry.deviceMajor, entry.deviceMinor)
            }
        }
        guard result == 0 else { throw .system(Errno.last, "create", entry.path) }
        if entry.kind == .directory { return try self.finishDirectory(entry) }
        try self.setMetadata(try self.open(entry, place), entry)
    }

    private func createFile(_ entry: TreeEntry, _ place: borrowing ReceiverTrail.Place) throws(TreeSyncError) {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW
        let number = FileName.withCString(place.name) { vz_open_at(place.directory.number, $0, flags, 0o600) }
        guard number >= 0 else { throw .system(Errno.last, "create", entry.path) }
        let file = OwnedDescriptor(owning: number)
        var entry = entry
        try self.receiveContent(file.number, &entry)
        try self.setMetadata(file, entry)
        self.report.filesSent += 1
        try self.log.note(contentBytes: entry.size)
    }

    /// Writes what is allocated; the rest of a new file is a hole already.
    private func receiveContent(_ number: Int32, _ entry: inout TreeEntry) throws(TreeSyncError) {
        var hasher = ContentHasher()
        var end: UInt64 = 0
        while try self.isNext(.data, before: .contentEnd) {
            let offset = try self.frames.integer(UInt64.self)
            let count = Int(try self.frames.integer(UInt32.self))
            guard count > 0, count <= FrameFormat.dataLimit, offset % UInt64(ContentHasher.blockSize) == 0,
                offset >= end, offset <= UInt64(Int64.max) - UInt64(count)
            else { throw self.frames.undecodable("place of content") }
            let bytes = try self.frames.bytes(count)
            try self.write(bytes, at: offset, to: number, entry.path)
            hasher.add(offset: offset, bytes)
            end = offset + UInt64(count)
            self.report.bytesSent += UInt64(count)
        }
        let size = try self.frames.integer(UInt64.self)
        let digest = try self.frames.digest()
        guard size >= end, size <= UInt64(Int64.max), hasher.finish(size: size) == digest else {
            throw self.frames.undecodable("content of \(TreePath.printable(entry.path)) that is not what was read")
        }
        if size != end, ftruncate(number, Int(size)) != 0 { throw .system(Errno.last, "ftruncate", entry.path) }
        entry.size = size
        entry.content = digest
    }

    private func write(
        _ bytes: UnsafeRawBufferPointer, at offset: UInt64, to number: Int32, _ path: [UInt8]
    ) throws(TreeSyncError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                number, bytes.baseAddress?.advanced(by: done), bytes.count - done, Int(offset) + done)
            if count > 0 {
                done += count
            } else if Errno.last != .interrupted {
                throw .system(Errno.last, "write", path)
            }
        }
    }

    private func open(
        _ entry: TreeEntry, _ place: borrowing ReceiverTrail.Place
    ) throws(TreeSyncError) -> OwnedDescriptor {
        do throws(Errno) {
            let handle = try place.directory.entry(at: place.name)
            guard try FileStatus(of: handle).format == entry.kind.format else { throw .staleNFSFileHandle }
            return handle
        } catch { throw .system(error, "open", entry.path) }
    }

    /// Owner, attributes and mode of a directory now; times and flags when the work leaves it.
    private func finishDirectory(_ entry: TreeEntry) throws(TreeSyncError) {
        let level = try self.trail.enter(entry.path)
        let number: Int32
        do throws(Errno) {
            try level.touch(self.trail.root)
            number = try level.handle.number(self.trail.root)
        } catch { throw .system(error, "open of a directory", entry.path) }
        try self.setOwnership(number, entry)
        level.prepare(entry)
    }

    private func setMetadata(_ handle: borrowing OwnedDescriptor, _ entry: TreeEntry) throws(TreeSyncError) {
        let number = handle.number
        let attributes = try self.setOwnership(number, entry)
        let status: FileStatus
        do throws(Errno) {
            let (atime, mtime) = (entry.atime, entry.mtime)
            guard vz_set_times(number, atime.seconds, atime.nanoseconds, mtime.seconds, mtime.nanoseconds) == 0 else {
                throw Errno.last
            }
            if entry.kind == .regular {
                let open = try OwnedDescriptor.checked(vz_reopen(number, O_RDONLY | O_NONBLOCK | vz_o_noatime))
                try InodeFlags.write(entry.flags, to: open.number)
            }
            status = try FileStatus(of: handle)
        } catch { throw .system(error, "setting times and flags", entry.path) }
        try self.log.add(
            IndexRecord(
                path: entry.path, token: ChangeToken(status), flags: entry.flags, attributes: attributes,
                content: entry.content))
    }

    /// Owner first, because a change of owner takes setuid and capabilities away; mode last, because an ACL sets it.
    ///
    /// - Returns: the digest of the attributes as they are now.
    @discardableResult
    private func setOwnership(_ number: Int32, _ entry: TreeEntry) throws(TreeSyncError) -> ByteDigest {
        guard vz_set_owner(number, entry.user, entry.group) == 0 else { throw .system(Errno.last, "chown", entry.path) }
        let attributes = try self.receiveAttributes(number, entry.path)
        if entry.kind != .symlink, vz_set_mode(number, entry.mode) != 0 {
            throw .system(Errno.last, "chmod", entry.path)
        }
        return attributes
    }

    private func receiveAttributes(_ number: Int32, _ path: [UInt8]) throws(TreeSyncError) -> ByteDigest {
        var surplus = try TreeSyncError.wrap("listxattr", path) { () throws(Errno) in
            try ExtendedAttributes.names(number)
        }
        var isEmpty = true
        while try self.isNext(.attribute, before: .attributesEnd) {
            let name = try self.frames.counted(limit: ExtendedAttributes.nameLimit)
            let value = try self.frames.counted(limit: ExtendedAttributes.valueLimit)
            guard !name.isEmpty, !name.contains(0) else { throw self.frames.undecodable("attribute name") }
            surplus.removeAll { $0 == name }
            isEmpty = false
            try TreeSyncError.wrap("setxattr \(TreePath.printable(name))", path) { () throws(Errno) in
                try ExtendedAttributes.set(number, name, value)
            }
        }
        return try TreeSyncError.wrap("removexattr", path) { () throws(Errno) in
            for name in surplus { try ExtendedAttributes.remove(number, name) }
            return isEmpty ? .zero : try ExtendedAttributes.digest(number)
        }
    }
}
