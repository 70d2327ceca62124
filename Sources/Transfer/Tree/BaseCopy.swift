internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// Fills an incoming area from a base, an older copy of the same tree on this node, so that the pass which follows
/// sends only what differs from it.
///
/// The base may be anything: it is a container's file system, and possibly not the one it is taken for. Nothing of it
/// is believed beyond what its copy turns out to be; whatever does not belong is put right or removed by the pass. It
/// is read through a mount of its own that cannot be written to and keeps access times as they are.
///
/// What is there already, from a copy that was cut short, is left alone, but for files that the index does not vouch
/// for: one may be half of itself.
final class BaseCopy {
    private(set) var report = BaseReport()

    private let scan: TreeScan
    private let maker: EntryMaker
    private var index: TreeIndexReader?
    private let check: () throws(TransferError) -> Void
    private var canClone = true

    /// - Parameters:
    ///   - base: the path of the base, trusted; nothing below it is.
    ///   - maker: makes the copies.
    ///   - index: of what is there already; `nil` for none.
    ///   - hiding: names in the top directory that are passed over.
    ///   - spillDirectory: for temporary files.
    ///   - check: throws where the work is to end early.
    /// - Throws: where the base is no directory, or cannot be opened.
    init(
        of base: [UInt8], with maker: EntryMaker, beside index: consuming TreeIndexReader?, hiding: [[UInt8]],
        spillDirectory: [UInt8],
        check: @escaping () throws(TransferError) -> Void
    ) throws(TransferError) {
        let root = try TransferError.wrap("open", base) { () throws(Errno) in try Self.open(base) }
        self.scan = try TreeScan(
            root: root, index: nil, purpose: .stillSource, hiding: hiding, spillDirectory: spillDirectory)
        self.maker = maker
        self.index = index
        self.check = check
    }

    func run() throws(TransferError) {
        while let item = try self.scan.next() {
            try self.check()
            try self.take(item)
        }
        try self.maker.trail.finish()
    }

    /// An older kernel, or a process that may mount nothing, reads the base where it is.
    private static func open(_ base: [UInt8]) throws(Errno) -> RootedDirectory {
        let number = FileName.withCString(base) { vz_open_still($0) }
        guard number >= 0 else { return try RootedDirectory(path: base) }
        return try RootedDirectory(owning: OwnedDescriptor(owning: number)).directory(at: [])
    }

    private func take(_ item: TreeScan.Item) throws(TransferError) {
        let entry = item.entry
        if !entry.path.isEmpty, let present = try self.maker.status(at: entry.path), self.isWhole(present, entry.path) {
            if !present.isDirectory { self.scan.skipChildren() }
            return
        }
        if item.leader != 0, let first = self.scan.links.find(entry.link) {
            return try self.maker.link(entry.path, to: self.scan.links.path(first))
        }
        let source = try BaseEntry(
            try self.open(item), path: entry.path, mayClone: self.canClone, check: self.check)
        if entry.path.isEmpty { return try self.maker.update(entry, from: source) }
        try self.maker.create(entry, from: source)
        self.canClone = source.canClone
        guard entry.kind == .regular else { return }
        self.report.files += 1
        self.report.bytes += source.bytes
    }

    private func isWhole(_ present: FileStatus, _ path: [UInt8]) -> Bool {
        guard present.isRegular else { return true }
        return self.index?.record(at: path)?.token == ChangeToken(present)
    }

    /// The inode that the walk saw.
    private func open(_ item: TreeScan.Item) throws(TransferError) -> OwnedDescriptor {
        let path = item.entry.path
        guard let handle = try self.scan.open(item) else {
            throw TransferError(.sourceChanged, path: path, operation: "open")
        }
        let status: FileStatus
        do { status = try FileStatus(of: handle) } catch { throw .system(error, "statx", path) }
        guard status.raw.inode == item.token.inode, status.format == item.entry.kind.format else {
            throw TransferError(.sourceChanged, path: path, operation: "open")
        }
        return handle
    }
}

/// One entry of a base, as the source of its own copy.
///
/// The copy shares no inode with it: content is cloned where the file system can (its blocks are then shared until
/// somebody writes), else copied. What the copy's digest says was read of the copy, so nothing about the base is taken
/// on trust.
final class BaseEntry: EntrySource {
    /// Bytes of content that were read of it.
    private(set) var bytes: UInt64 = 0

    private let handle: OwnedDescriptor
    private let path: [UInt8]
    private var names: ArraySlice<[UInt8]>
    private let mayClone: Bool
    /// False once the file system has said that it clones nothing from there.
    private(set) var canClone: Bool
    private let check: () throws(TransferError) -> Void

    /// - Parameters:
    ///   - handle: an `O_PATH` one.
    ///   - path: its path, for messages.
    ///   - mayClone: whether to try that first.
    ///   - check: throws where the work is to end early.
    /// - Throws: where its attributes cannot be listed.
    init(
        _ handle: consuming OwnedDescriptor, path: [UInt8], mayClone: Bool,
        check: @escaping () throws(TransferError) -> Void
    ) throws(TransferError) {
        let number = handle.number
        self.names = try TransferError.wrap("listxattr", path) { () throws(Errno) in
            try ExtendedAttributes.names(number)[...]
        }
        self.handle = handle
        self.path = path
        self.mayClone = mayClone
        self.canClone = mayClone
        self.check = check
    }

    func fill(_ number: Int32, _ entry: inout TreeEntry) throws(TransferError) {
        let isCloned: Bool
        if self.mayClone { isCloned = try self.clone(to: number) } else { isCloned = false }
        var reader = try TransferError.wrap("open", self.path) { () throws(Errno) -> ContentReader in
            guard isCloned else { return try ContentReader(self.handle, size: entry.size) }
            let copy = try OwnedDescriptor.checked(vz_duplicate(number))
            entry.size = try FileStatus(of: copy).raw.size
            return try ContentReader(copy, size: entry.size)
        }
        var hasher = ContentHasher()
        while true {
            try self.check()
            let piece: (offset: UInt64, bytes: UnsafeRawBufferPointer)?
            do { piece = try reader.next() } catch { throw .system(error, "read", self.path) }
            guard let piece else { break }
            hasher.add(offset: piece.offset, piece.bytes)
            if !isCloned { try EntryMaker.write(piece.bytes, at: piece.offset, to: number, self.path) }
            self.bytes += UInt64(piece.bytes.count)
        }
        entry.size = reader.shrunkTo ?? entry.size
        if !isCloned { try EntryMaker.setLength(entry.size, of: number, self.path) }
        entry.content = hasher.finish(size: entry.size)
    }

    func nextAttribute() throws(TransferError) -> (name: [UInt8], value: [UInt8])? {
        while let name = self.names.popFirst() {
            let value = try TransferError.wrap("getxattr", self.path) { () throws(Errno) in
                try ExtendedAttributes.value(self.handle.number, name)
            }
            if let value { return (name, value) }
        }
        return nil
    }

    /// - Returns: false where this file has to be copied.
    private func clone(to number: Int32) throws(TransferError) -> Bool {
        let code: Errno
        do throws(Errno) {
            let flags = O_RDONLY | O_NONBLOCK | vz_o_noatime
            let source = try OwnedDescriptor.checked(vz_reopen(self.handle.number, flags))
            if vz_clone(number, source.number) == 0 { return true }
            code = Errno.last
        } catch { throw .system(error, "open", self.path) }
        switch code {
        case .improperLink, .notSupported, .inappropriateIOCTLForDevice:
            self.canClone = false
            return false
        // One that is copied on no write, or the like.
        case .invalidArgument, .textFileBusy: return false
        default: throw .system(code, "clone", self.path)
        }
    }
}
