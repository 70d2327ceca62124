internal import CLinux
internal import Glibc
package import HandOver
internal import Host
package import SystemPackage

/// The source's side: walks the tree, compares it with what the receiver says it holds, and sends what differs.
///
/// It changes nothing in the tree, not even access times. Calls block; an instance is used from one thread at a time.
/// The descriptors of a pass stay the caller's. After an error the connection is of no further use.
package final class TreeSender {
    private let root: [UInt8]
    private let stateDirectory: [UInt8]
    private let hiding: [[UInt8]]
    private let cancellation: TransferControl

    /// - Parameters:
    ///   - root: the path of the tree, trusted; nothing below it is.
    ///   - stateDirectory: an existing directory of the host's for the index and temporary files of this tree alone.
    ///   - hiding: names in the top directory that are passed over.
    ///   - cancellation: ends a pass from another thread, counts its bytes and limits its bandwidth.
    package init(
        root: [UInt8], stateDirectory: [UInt8], hiding: [[UInt8]] = [],
        cancellation: TransferControl = TransferControl()
    ) {
        self.root = root
        self.stateDirectory = stateDirectory
        self.hiding = hiding
        self.cancellation = cancellation
    }

    /// Runs one pass against a `TreeReceiver` at the other ends.
    ///
    /// - Throws: what failed here, or there (`isPeers`); after a final pass also that the trees differ.
    package func send(
        _ pass: TreePass, input: FileDescriptor, output: FileDescriptor
    ) throws(TransferError) -> PassReport {
        let start = ContinuousClock.now
        let watch = PassWatch(self.cancellation)
        let readWatch = PassWatch(self.cancellation)
        let queue = try ReplyQueue(spillDirectory: self.stateDirectory, watch: watch)
        let frames = SenderStream(
            FrameWriter(to: output.rawValue, isFile: false, watch: watch))
        let number = input.rawValue
        let thread = try CompanionThread("tree-replies") { queue.pump(number, readWatch: readWatch) }
        do throws(TransferError) {
            var report = try self.run(pass, queue, frames, watch)
            thread.join()
            if let error = queue.error { throw error }
            report.tree.wireBytes = frames.writer.wireBytes
            report.tree.duration = start.duration(to: .now)
            return report
        } catch {
            // A broken connection may still hold the reason that the receiver gave before it went.
            if error.reason != .connectionLost, error.reason != .interrupted {
                try? frames.writer.abandon(error)
            }
            if error.reason == .interrupted || queue.error != nil { try? frames.writer.abandon(queue.error) }
            thread.join()
            throw self.blame(error, queue.error)
        }
    }

    private func run(
        _ pass: TreePass, _ queue: ReplyQueue, _ frames: SenderStream, _ watch: PassWatch
    ) throws(TransferError) -> PassReport {
        let root = try TransferError.wrap("open", self.root) { () throws(Errno) in
            try RootedDirectory(path: self.root)
        }
        let index = TreeIndex(directory: self.stateDirectory, name: "source")
        try index.absorbLog()
        let settledBefore = vz_clock_ns(CLOCK_REALTIME_COARSE)
        guard vz_syncfs(root.number) == 0 else { throw .system(Errno.last, "syncfs", []) }
        var begin = MessageBytes(TreeMessage.begin.rawValue)
        begin.add(TreeMessage.protocolVersion)
        begin.add(pass.rawValue)
        try frames.writer.append(begin.bytes)
        try frames.writer.flush()
        let scan = try TreeScan(
            root: root, index: index.reader(), purpose: pass == .final ? .stillSource : .movingSource,
            hiding: self.hiding, spillDirectory: self.stateDirectory)
        let log = try index.writer(.log)
        let sending = try SenderPass(
            pass, scan: scan, stream: frames, log: log, watch: watch, settledBefore: settledBefore,
            spillDirectory: self.stateDirectory)
        do throws(TransferError) {
            var report = try sending.run(queue)
            try index.replace(with: .log, log)
            report.base = try self.settle(queue, report.digest, pass)
            return report
        } catch {
            try? log.flush()
            throw error
        }
    }

    /// Waits for the receiver's last word and holds it against ours.
    ///
    /// - Returns: what the receiver took from a base.
    private func settle(
        _ queue: ReplyQueue, _ digest: TreeDigest?, _ pass: TreePass
    ) throws(TransferError) -> BaseReport? {
        let reply = try queue.awaitReply()
        guard pass == .final, let digest else { return try Self.baseReport(reply) }
        var expected = MessageBytes()
        digest.encode(into: &expected)
        guard reply == expected.bytes else {
            throw TransferError(.treesDiffer, operation: "comparing the trees", detail: "here: \(digest)")
        }
        return nil
    }

    private static func baseReport(_ reply: [UInt8]) throws(TransferError) -> BaseReport? {
        if reply == [0] { return nil }
        guard reply.first == 1, let report = BaseReport(encoded: reply.dropFirst()) else {
            throw TransferError(.undecodable, operation: "decode", detail: "the receiver's last word")
        }
        return report
    }

    /// The error that explains the others: the receiver's own words before our broken pipe.
    private func blame(_ here: TransferError, _ there: TransferError?) -> TransferError {
        guard let there, here.reason == .connectionLost || here.reason == .interrupted else { return here }
        return there.reason == .cancelled && self.cancellation.isCancelled
            ? TransferError(.cancelled, operation: "transfer") : there
    }
}

/// The sender's one output, shared by reference between those who write to it in turn.
final class SenderStream {
    var writer: FrameWriter

    init(_ writer: consuming FrameWriter) { self.writer = writer }

    /// Sends an entry behind `tag`.
    func send(_ tag: TreeMessage, _ entry: TreeEntry) throws(TransferError) {
        var bytes = MessageBytes(tag.rawValue)
        entry.encode(into: &bytes)
        try self.writer.append(bytes.bytes)
    }

    /// Sends paths behind `tag`.
    func send(_ tag: TreeMessage, paths: [UInt8]...) throws(TransferError) {
        var bytes = MessageBytes(tag.rawValue)
        for path in paths { bytes.add(counted: path) }
        try self.writer.append(bytes.bytes)
    }
}

/// What one pass came to.
package struct PassReport: Hashable, Sendable {
    package let pass: TreePass
    /// Bytes on the wire are those of the sender's direction. The receiver does not measure the time.
    package var tree = SyncedTree()
    /// Regular files whose content travelled.
    package var filesSent: UInt64 = 0
    /// Entries whose metadata alone travelled, links included.
    package var entriesUpdated: UInt64 = 0
    /// Removals, a whole directory counting once.
    package var deleted: UInt64 = 0
    /// What the receiver took from its base before a warm pass; `nil` where there was none to take from.
    package var base: BaseReport?
    /// The tree as both sides hold it after a final pass, as this side saw it go by after a warm one; `nil` at the
    /// receiver after a warm pass.
    package var digest: TreeDigest? {
        didSet {
            self.tree.entries = self.digest.map { $0.files + $0.directories } ?? 0
            self.tree.digest = self.digest?.digest.hex ?? ""
        }
    }
}

/// What a pass may find.
package enum TreePass: UInt8, Hashable, Sendable {
    /// Files may change and vanish while they are read; the next pass looks at them again.
    case warm = 1
    /// Nothing moves, and at the end both sides hold the same tree or the pass fails.
    case final = 2
}
