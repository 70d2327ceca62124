internal import CLinux
internal import Glibc
internal import HandOver
internal import Host
internal import SystemPackage

/// One pass of a receiver: reads the sender's messages and has an `EntryMaker` do what they say.
final class ReceiverPass: EntrySource {
    private let maker: EntryMaker
    var frames: FrameReader
    private let hiding: [[UInt8]]
    private(set) var report: PassReport
    private var last: [UInt8]?

    init(_ pass: TreePass, frames: consuming FrameReader, maker: EntryMaker, hiding: [[UInt8]]) {
        self.maker = maker
        self.frames = frames
        self.hiding = hiding
        self.report = PassReport(pass: pass)
    }

    /// Works until the trailer.
    ///
    /// - Returns: what the sender says the tree is.
    func run(_ check: () throws(TransferError) -> Void) throws(TransferError) -> TreeDigest {
        while true {
            try check()
            switch try self.nextTag() {
            case .create: try self.create(try self.entry())
            case .update:
                try self.maker.update(try self.entry(), from: self)
                self.report.entriesUpdated += 1
            case .link: try self.link()
            case .remove:
                try self.maker.remove(try self.path())
                self.report.deleted += 1
            case .trailer:
                let digest = try TreeDigest(from: &self.frames)
                try self.maker.trail.finish()
                return digest
            case .begin, .attribute, .attributesEnd, .data, .contentEnd, .held, .heldEnd:
                throw self.frames.undecodable("message out of place")
            }
        }
    }

    /// Reads on to the next message, over frame borders.
    func nextTag() throws(TransferError) -> TreeMessage {
        try Self.nextTag(&self.frames)
    }

    static func nextTag(_ frames: inout FrameReader) throws(TransferError) -> TreeMessage {
        if !frames.hasMore {
            switch try frames.nextFrame() {
            case .compressed, .raw: break
            case .failed: throw TransferError(encoded: try frames.rest())
            case .reply: throw frames.undecodable("a reply from the sender")
            case nil: throw TransferError(.connectionLost, operation: "read of the sender's changes")
            }
        }
        guard let tag = TreeMessage(rawValue: try frames.integer(UInt8.self)) else {
            throw frames.undecodable("message tag")
        }
        return tag
    }

    /// True for one more of a row of messages, false for the one that ends it.
    private func isNext(_ tag: TreeMessage, before end: TreeMessage) throws(TransferError) -> Bool {
        let next = try self.nextTag()
        guard next == tag || next == end else { throw self.frames.undecodable("message out of place") }
        return next == tag
    }

    private func entry() throws(TransferError) -> TreeEntry {
        let entry = try TreeEntry(from: &self.frames)
        try self.checkOrder(entry.path)
        return entry
    }

    private func path() throws(TransferError) -> [UInt8] {
        let path = try self.frames.counted(limit: TreePath.lengthLimit)
        guard TreePath.isValid(path) else { throw self.frames.undecodable("path") }
        try self.checkOrder(path)
        return path
    }

    private func checkOrder(_ path: [UInt8]) throws(TransferError) {
        if let last, TreePath.compare(last, path) >= 0 { throw self.frames.undecodable("path out of order") }
        if self.hiding.contains(where: { $0 == path || TreePath.isBelow(path, $0) }) {
            throw self.frames.undecodable("a path that is fenced off")
        }
        self.last = path
    }

    private func create(_ entry: TreeEntry) throws(TransferError) {
        guard !entry.path.isEmpty else { throw self.frames.undecodable("creation of the root") }
        try self.maker.create(entry, from: self)
        if entry.kind == .regular { self.report.filesSent += 1 }
    }

    private func link() throws(TransferError) {
        let path = try self.path()
        let first = try self.frames.counted(limit: TreePath.lengthLimit)
        guard TreePath.isValid(first), TreePath.compare(first, path) < 0 else {
            throw self.frames.undecodable("link target")
        }
        try self.maker.link(path, to: first)
        self.report.entriesUpdated += 1
    }

    /// Writes what is allocated; the rest of a new file is a hole already.
    func fill(_ number: Int32, _ entry: inout TreeEntry) throws(TransferError) {
        var hasher = ContentHasher()
        var end: UInt64 = 0
        while try self.isNext(.data, before: .contentEnd) {
            let offset = try self.frames.integer(UInt64.self)
            let count = Int(try self.frames.integer(UInt32.self))
            guard count > 0, count <= FrameFormat.dataLimit, offset % UInt64(ContentHasher.blockSize) == 0,
                offset >= end, offset <= UInt64(Int64.max) - UInt64(count)
            else { throw self.frames.undecodable("place of content") }
            let bytes = try self.frames.bytes(count)
            try EntryMaker.write(bytes, at: offset, to: number, entry.path)
            hasher.add(offset: offset, bytes)
            end = offset + UInt64(count)
            self.report.tree.contentBytes += UInt64(count)
        }
        let size = try self.frames.integer(UInt64.self)
        let digest = try self.frames.digest()
        guard size >= end, size <= UInt64(Int64.max), hasher.finish(size: size) == digest else {
            throw self.frames.undecodable("content of \(TransferError.printable(entry.path)) that is not what was read")
        }
        if size != end { try EntryMaker.setLength(size, of: number, entry.path) }
        entry.size = size
        entry.content = digest
    }

    func nextAttribute() throws(TransferError) -> (name: [UInt8], value: [UInt8])? {
        guard try self.isNext(.attribute, before: .attributesEnd) else { return nil }
        let name = try self.frames.counted(limit: ExtendedAttributes.nameLimit)
        let value = try self.frames.counted(limit: ExtendedAttributes.valueLimit)
        guard !name.isEmpty, !name.contains(0) else { throw self.frames.undecodable("attribute name") }
        return (name, value)
    }
}

/// The directories from the root to where the receiver works now.
final class ReceiverTrail {
    /// An open directory, and a name in it.
    struct Place: ~Copyable {
        let directory: RootedDirectory
        let name: [UInt8]
    }

    let root: RootedDirectory
    private var levels: [AppliedDirectory]

    init(root: borrowing RootedDirectory) throws(TransferError) {
        do throws(Errno) {
            self.root = try root.duplicated()
            self.levels = [AppliedDirectory(try DirectoryHandle(path: [], owning: root.duplicated()))]
        } catch { throw .system(error, "open of the root", []) }
    }

    /// Goes to the directory `path`, leaving those that are done with.
    func enter(_ path: [UInt8]) throws(TransferError) -> AppliedDirectory {
        while let level = self.levels.last, level.handle.path != path, !TreePath.isBelow(path, level.handle.path) {
            try level.leave(self.root)
            self.levels.removeLast()
        }
        while let level = self.levels.last, level.handle.path != path {
            let start = level.handle.path.isEmpty ? 0 : level.handle.path.count + 1
            let name = Array(path[start...].prefix { $0 != UInt8(ascii: "/") })
            do throws(Errno) {
                let handle = try DirectoryHandle(name, in: level.handle, root: self.root)
                self.levels.append(AppliedDirectory(handle))
            } catch { throw .system(error, "open of a directory", TreePath.join(level.handle.path, name)) }
            if self.levels.count > DirectoryHandle.openLimit {
                self.levels[self.levels.count - DirectoryHandle.openLimit - 1].handle.release()
            }
        }
        guard let level = self.levels.last else { preconditionFailure("the root is never left before the end") }
        return level
    }

    /// Goes to the directory that holds `path` and makes it ready for a change.
    func enterParent(of path: [UInt8]) throws(TransferError) -> Place {
        let (parent, name) = TreePath.split(path)
        let level = try self.enter(parent)
        do throws(Errno) {
            try level.touch(self.root)
            let number = vz_duplicate(try level.handle.number(self.root))
            return Place(directory: RootedDirectory(owning: try OwnedDescriptor.checked(number)), name: name)
        } catch { throw .system(error, "unlocking a directory", parent) }
    }

    /// Leaves everything, the root at last.
    func finish() throws(TransferError) {
        while let level = self.levels.popLast() { try level.leave(self.root) }
    }
}

/// A directory that the receiver works in. What changes below it moves its times, and what is immutable must be
/// unlocked for the work; both are put right when the work leaves it.
final class AppliedDirectory {
    let handle: DirectoryHandle
    private var isTouched = false
    private var atime = FileTime(seconds: 0, nanoseconds: 0)
    private var mtime = FileTime(seconds: 0, nanoseconds: 0)
    private var flags: UInt32 = 0

    init(_ handle: DirectoryHandle) { self.handle = handle }

    /// Makes ready for a change of its entries.
    func touch(_ root: borrowing RootedDirectory) throws(Errno) {
        guard !self.isTouched else { return }
        let number = try self.handle.number(root)
        let status = try FileStatus(below: number, name: [])
        self.atime = FileTime(seconds: status.raw.atime_s, nanoseconds: status.raw.atime_ns)
        self.mtime = FileTime(seconds: status.raw.mtime_s, nanoseconds: status.raw.mtime_ns)
        self.flags = try InodeFlags.unlock(number)
        self.isTouched = true
    }

    /// Takes the metadata that it is to have in the end.
    func prepare(_ entry: TreeEntry) {
        self.atime = entry.atime
        self.mtime = entry.mtime
        self.flags = entry.flags
        self.isTouched = true
    }

    /// Sets times and flags; nothing below it changes any more.
    func leave(_ root: borrowing RootedDirectory) throws(TransferError) {
        guard self.isTouched else { return }
        do throws(Errno) {
            let number = try self.handle.number(root)
            guard
                vz_set_times(
                    number, self.atime.seconds, self.atime.nanoseconds, self.mtime.seconds, self.mtime.nanoseconds)
                    == 0
            else { throw Errno.last }
            try InodeFlags.write(self.flags, to: number)
        } catch { throw .system(error, "setting directory times and flags", self.handle.path) }
    }
}
