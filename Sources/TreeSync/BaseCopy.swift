internal import CLinux
internal import FrameStream
internal import Glibc
internal import HostAccess
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
