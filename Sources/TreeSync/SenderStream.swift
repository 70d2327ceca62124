internal import FrameStream

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
