internal import CLinux
internal import Glibc
internal import HandOver
internal import Host
internal import Synchronization
package import SystemPackage

/// The destination's side: says what it holds, and makes the tree below its root like the sender's.
///
/// Nothing that the sender says reaches anything outside the root. Calls block; an instance is used from one thread at
/// a time. The descriptors of a pass stay the caller's. After an error the connection is of no further use; the tree
/// and the index stay as they are, and the next pass goes on from there.
package final class TreeReceiver {
    private let root: [UInt8]
    private let stateDirectory: [UInt8]
    private let hiding: [[UInt8]]
    private let base: TreeBase?
    private let cancellation: TransferControl

    /// - Parameters:
    ///   - root: the path of an existing directory, trusted; nothing below it is.
    ///   - stateDirectory: an existing directory of the host's, outside the root, for the index and temporary files
    ///     of this tree alone.
    ///   - hiding: names in the top directory that are never touched, counted or received.
    ///   - base: the path of an older copy of the tree, from which the first warm pass takes what it can; `nil` for
    ///     none. It is never written to.
    ///   - cancellation: ends a pass from another thread.
    package init(
        root: [UInt8], stateDirectory: [UInt8], hiding: [[UInt8]] = [], base: [UInt8]? = nil,
        cancellation: TransferControl = TransferControl()
    ) {
        self.root = root
        self.stateDirectory = stateDirectory
        self.hiding = hiding
        self.base = base.map { TreeBase($0, stateDirectory: stateDirectory) }
        self.cancellation = cancellation
    }

    /// Runs one pass against a `TreeSender` at the other ends.
    ///
    /// When it returns, what arrived is on disk.
    ///
    /// - Throws: what failed here, which the sender has been told, or there (`isPeers`).
    package func receive(input: FileDescriptor, output: FileDescriptor) throws(TransferError) -> PassReport {
        let watch = PassWatch(self.cancellation)
        let stopInventory = PassWatch(self.cancellation)
        let inventory = InventoryStream(
            root: self.root, stateDirectory: self.stateDirectory, hiding: self.hiding, watch: stopInventory)
        var thread: CompanionThread?
        let answer = SenderStream(FrameWriter(to: output.rawValue, isFile: false, watch: watch))
        do throws(TransferError) {
            let root = try self.openRoot()
            try self.index.absorbLog()
            var frames = FrameReader(DescriptorSource(input.rawValue, watch: watch), isFile: false)
            let pass = try self.begin(&frames)
            let taken = try self.takeBase(for: pass, root, input.rawValue, watch)
            let number = output.rawValue
            thread = try CompanionThread("tree-inventory") { inventory.run(number, before: pass) }
            let log = try self.index.writer(.log)
            var report = try self.apply(pass, frames, root, log, inventory)
            thread?.join()
            thread = nil
            if let error = inventory.error { throw error }
            try self.finish(&report, root, log)
            report.base = taken
            try answer.writer.finish(.reply, Self.reply(report))
            return report
        } catch {
            stopInventory.stop()
            thread?.join()
            let cause = inventory.error ?? error
            if inventory.error == nil { try? answer.writer.abandon(cause) }
            if !cause.isPeers { self.drain(input.rawValue, cause) }
            throw cause
        }
    }

    /// Forces everything below the root to disk, with every error of earlier writes since it was opened.
    package func makeDurable() throws(TransferError) {
        let root = try self.openRoot()
        try self.makeDurable(root)
    }

    /// Digests the tree as it is on disk now: metadata read again, content by the index wherever that still holds.
    ///
    /// To be used between passes, by any process that knows the two paths. It renews the index.
    package func treeDigest() throws(TransferError) -> TreeDigest {
        try self.index.absorbLog()
        return try self.scanTree(try self.openRoot())
    }

    private var index: TreeIndex { TreeIndex(directory: self.stateDirectory, name: "target") }

    private func openRoot() throws(TransferError) -> RootedDirectory {
        try TransferError.wrap("open", self.root) { () throws(Errno) in try RootedDirectory(path: self.root) }
    }

    private func makeDurable(_ root: borrowing RootedDirectory) throws(TransferError) {
        guard vz_syncfs(root.number) == 0 else { throw .system(Errno.last, "syncfs", []) }
    }

    private func begin(_ frames: inout FrameReader) throws(TransferError) -> TreePass {
        guard try ReceiverPass.nextTag(&frames) == .begin else { throw frames.undecodable("no beginning") }
        guard try frames.integer(UInt32.self) == TreeMessage.protocolVersion else {
            throw frames.undecodable("another version of the protocol")
        }
        guard let pass = TreePass(rawValue: try frames.integer()) else { throw frames.undecodable("pass") }
        return pass
    }

    /// Before a warm pass, which has time: everything that did not change is then here before the sender asks.
    ///
    /// The sender says nothing before it has heard the inventory, so anything that comes meanwhile is its end.
    private func takeBase(
        for pass: TreePass, _ root: borrowing RootedDirectory, _ input: Int32, _ watch: PassWatch
    ) throws(TransferError) -> BaseReport? {
        guard pass == .warm, let base = self.base, base.isDue else { return nil }
        let (report, isOver) = try base.take(into: root, self.index, hiding: self.hiding) { () throws(TransferError) in
            try watch.check()
            if vz_wait_ready(input, 0, 0) != 0 { throw TransferError(.interrupted, operation: "copy of the base") }
        }
        try self.makeDurable(root)
        try self.index.absorbLog()
        if isOver { try base.setMark() }
        return report
    }

    /// The last word: what the tree is after a final pass, what was taken from a base after a warm one.
    private static func reply(_ report: PassReport) -> [UInt8] {
        var reply = MessageBytes()
        if let digest = report.digest {
            digest.encode(into: &reply)
        } else {
            reply.add(UInt8(report.base == nil ? 0 : 1))
            report.base?.encode(into: &reply)
        }
        return reply.bytes
    }

    private func apply(
        _ pass: TreePass, _ frames: consuming FrameReader, _ root: borrowing RootedDirectory, _ log: TreeIndexWriter,
        _ inventory: InventoryStream
    ) throws(TransferError) -> PassReport {
        let applying = ReceiverPass(
            pass, frames: frames, maker: try EntryMaker(root: root, log: log), hiding: self.hiding)
        do throws(TransferError) {
            let digest = try applying.run { () throws(TransferError) in
                if let error = inventory.error { throw error }
            }
            var report = applying.report
            report.tree.wireBytes = applying.frames.wireBytes
            report.digest = digest
            return report
        } catch {
            try? log.flush()
            throw error
        }
    }

    /// Forces the tree to disk, then the index that vouches for it; after a final pass holds it against the sender's.
    private func finish(
        _ report: inout PassReport, _ root: borrowing RootedDirectory, _ log: TreeIndexWriter
    ) throws(TransferError) {
        try log.flush()
        try self.makeDurable(root)
        try self.index.absorbLog()
        guard report.pass == .final else {
            report.digest = nil
            return
        }
        let here = try self.scanTree(root)
        guard let there = report.digest, there == here else {
            throw TransferError(
                .treesDiffer, operation: "comparing the trees",
                detail: "source \(report.digest.map { "\($0)" } ?? "unknown"), destination \(here)")
        }
    }

    private func scanTree(_ root: borrowing RootedDirectory) throws(TransferError) -> TreeDigest {
        let watch = PassWatch(self.cancellation)
        let scan = try TreeScan(
            root: root, index: self.index.reader(), purpose: .target, hiding: self.hiding,
            spillDirectory: self.stateDirectory)
        let full = try self.index.writer(.full)
        var hasher = TreeHasher()
        while var item = try scan.next() {
            try watch.check()
            try scan.digestUnknown(&item, watch: watch)
            hasher.add(item, content: item.entry.content)
            try full.add(
                IndexRecord(
                    path: item.entry.path, token: item.token, flags: item.entry.flags,
                    attributes: item.entry.attributes, content: item.entry.content))
        }
        try self.index.replace(with: .full, full)
        return hasher.finish()
    }

    /// Takes what the sender had under way until it has understood that this pass is over.
    private func drain(_ input: Int32, _ cause: TransferError) {
        guard cause.reason != .undecodable, cause.reason != .connectionLost else { return }
        var frames = RawFrameReader(DescriptorSource(input, watch: PassWatch(seconds: 30)))
        while let frame = try? frames.next(), frame.kind != .failed {}
    }
}

/// Tells the sender what the receiver holds, from a thread of its own while the pass already changes what the walk has
/// left behind.
///
/// The sender changes nothing below a directory before it has heard of the entry that follows, so the walk never meets
/// the work.
final class InventoryStream: Sendable {
    private let root: [UInt8]
    private let stateDirectory: [UInt8]
    private let hiding: [[UInt8]]
    private let watch: PassWatch
    private let failure = Mutex<TransferError?>(nil)

    init(root: [UInt8], stateDirectory: [UInt8], hiding: [[UInt8]], watch: PassWatch) {
        self.root = root
        self.stateDirectory = stateDirectory
        self.hiding = hiding
        self.watch = watch
    }

    /// Why the walk ended early, which the sender was told; `nil` while it runs, at its end, and when it was stopped.
    var error: TransferError? { self.failure.withLock { $0 } }

    /// Walks and sends. A walk that fails says so to the sender itself, being the only one who writes then.
    func run(_ output: Int32, before pass: TreePass) {
        let stream = SenderStream(FrameWriter(to: output, isFile: false, watch: self.watch))
        do throws(TransferError) {
            try self.send(stream, before: pass)
        } catch {
            if error.reason == .interrupted || error.reason == .cancelled {
                try? stream.writer.abandon(nil)
            } else {
                self.failure.withLock { $0 = error }
                try? stream.writer.abandon(error)
            }
        }
    }

    private func send(_ stream: SenderStream, before pass: TreePass) throws(TransferError) {
        let root = try TransferError.wrap("open", self.root) { () throws(Errno) in
            try RootedDirectory(path: self.root)
        }
        let index = TreeIndex(directory: self.stateDirectory, name: "target")
        let scan = try TreeScan(
            root: root, index: index.reader(), purpose: pass == .warm ? .foundTarget : .target, hiding: self.hiding,
            spillDirectory: self.stateDirectory)
        while var item = try scan.next() {
            try self.watch.check()
            try scan.digestUnknown(&item, watch: self.watch)
            try stream.send(.held, item.entry)
        }
        try stream.send(.heldEnd)
        try stream.writer.flush()
    }
}
