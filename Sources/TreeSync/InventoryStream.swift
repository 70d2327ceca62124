internal import CLinux
internal import FrameStream
internal import Glibc
internal import HostAccess
internal import Synchronization
internal import SystemPackage

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
