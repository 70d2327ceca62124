internal import CLinux
internal import Dispatch
internal import Glibc
internal import Host
internal import Synchronization
internal import SystemPackage

/// What the receiver says, taken off the connection as fast as it comes and kept in a file without a name until the
/// sender wants it.
///
/// So the receiver's inventory never waits for the sender, which may wait for the receiver; and the receiver's failure
/// is heard while the sender is in the middle of a large file.
///
/// `@unchecked`: `position` belongs to the one thread that calls `fill`; all else is behind the lock or constant.
final class ReplyQueue: FrameSource, @unchecked Sendable {
    private let watch: PassWatch
    private let file: Int32
    private let arrived = DispatchSemaphore(value: 0)
    private let state = Mutex(State())
    private var position: UInt64 = 0

    private struct State {
        var written: UInt64 = 0
        var isOver = false
        var error: TransferError?
        var reply: [UInt8]?
    }

    /// The watch is stopped when the receiver fails, so that the sender's writes end.
    init(spillDirectory: [UInt8], watch: PassWatch) throws(TransferError) {
        self.watch = watch
        self.file = FileName.withCString(spillDirectory) { vz_open_at(AT_FDCWD, $0, vz_o_tmpfile | O_RDWR, 0o600) }
        guard self.file >= 0 else { throw .system(Errno.last, "open(O_TMPFILE) in the state directory", []) }
    }

    deinit { if self.file >= 0 { close(self.file) } }

    /// The receiver's failure, or how its stream broke; `nil` while all is well.
    var error: TransferError? { self.state.withLock { $0.error } }

    /// Runs on the thread of its own until the receiver's last frame, or the end of the stream.
    func pump(_ input: Int32, readWatch: PassWatch) {
        do throws(TransferError) {
            var frames = RawFrameReader(DescriptorSource(input, watch: readWatch))
            while true {
                guard let frame = try frames.next() else {
                    throw TransferError(.connectionLost, operation: "read of the receiver's answers")
                }
                switch frame.kind {
                case .compressed, .raw: try self.keep(frame.bytes)
                case .reply:
                    self.state.withLock { $0.reply = frame.payload }
                    return self.end(nil)
                case .failed: return self.end(TransferError(encoded: frame.payload))
                }
            }
        } catch { self.end(error) }
    }

    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(TransferError) -> Bool {
        while true {
            let (available, isOver, error) = self.state.withLock { ($0.written - self.position, $0.isOver, $0.error) }
            if let error { throw error }
            if available >= UInt64(buffer.count) { break }
            if isOver { return false }
            try self.watch.check()
            _ = self.arrived.wait(timeout: .now() + .milliseconds(100))
        }
        var done = 0
        while done < buffer.count {
            let count = pread(
                self.file, buffer.baseAddress?.advanced(by: done), buffer.count - done, Int(self.position))
            guard count > 0 else { throw .system(Errno.last, "read of a temporary file", []) }
            done += count
            self.position += UInt64(count)
        }
        return true
    }

    /// Waits for the receiver's last word.
    func awaitReply() throws(TransferError) -> [UInt8] {
        while true {
            let (reply, isOver, error) = self.state.withLock { ($0.reply, $0.isOver, $0.error) }
            if let error { throw error }
            if let reply { return reply }
            if isOver { throw TransferError(.connectionLost, operation: "read of the receiver's answers") }
            try self.watch.check()
            _ = self.arrived.wait(timeout: .now() + .milliseconds(100))
        }
    }

    private func keep(_ bytes: UnsafeRawBufferPointer) throws(TransferError) {
        var at = self.state.withLock { $0.written }
        var rest = bytes
        while !rest.isEmpty {
            let count = pwrite(self.file, rest.baseAddress, rest.count, Int(at))
            guard count > 0 else { throw .system(Errno.last, "write of a temporary file", []) }
            at += UInt64(count)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        self.state.withLock { $0.written = at }
        self.arrived.signal()
    }

    private func end(_ error: TransferError?) {
        self.state.withLock {
            $0.isOver = true
            $0.error = error
        }
        if error != nil { self.watch.stop() }
        self.arrived.signal()
    }
}

/// What the sender says, in walk order, between `begin` and `trailer`; and what the receiver's inventory says.
///
/// After `create` and `update` come `attribute` messages up to `attributesEnd`, and after a `create` of a regular file
/// `data` messages up to `contentEnd`. A later version may send only the changed blocks of a file: as a further tag
/// beside `create`, followed by the same `data`.
enum TreeMessage: UInt8 {
    /// Protocol version, pass.
    case begin = 1
    /// An entry to be made anew, whatever was there.
    case create = 2
    /// An entry whose content stays and whose metadata is set.
    case update = 3
    /// A path, and the path of an earlier name of the same inode.
    case link = 4
    /// A path that goes, with all below it.
    case remove = 5
    case attribute = 6
    case attributesEnd = 7
    /// An offset, and bytes up to `FrameFormat.dataLimit`.
    case data = 8
    /// The size and the digest of the content.
    case contentEnd = 9
    /// Digest of the tree, files, directories: the sender's last word.
    case trailer = 10
    /// An entry that the receiver holds.
    case held = 11
    /// The receiver holds nothing more.
    case heldEnd = 12

    /// Counts up with every change that an older side would not understand.
    static let protocolVersion: UInt32 = 2
}
