/// The sender's output, shared by reference between those who write to it in turn.
final class MemoryStream {
    var writer: FrameWriter

    init(_ writer: consuming FrameWriter) { self.writer = writer }

    func begin(pass: UInt32, isLast: Bool) throws(TransferError) {
        var message = MessageBytes(MemoryMessage.begin.rawValue)
        message.add(MemoryMessage.protocolVersion)
        message.add(pass)
        message.add(UInt8(isLast ? 1 : 0))
        try self.writer.append(message.bytes)
    }

    func process(_ number: UInt32, pagesID: UInt32) throws(TransferError) {
        var message = MessageBytes(MemoryMessage.process.rawValue)
        message.add(number)
        message.add(pagesID)
        try self.writer.append(message.bytes)
    }

    func known(_ address: UInt64, count: UInt64) throws(TransferError) {
        try self.run(.known, address, count)
    }

    func following(_ address: UInt64, count: UInt64) throws(TransferError) {
        try self.run(.following, address, count)
    }

    private func run(_ kind: MemoryMessage, _ address: UInt64, _ count: UInt64) throws(TransferError) {
        var message = MessageBytes(kind.rawValue)
        message.add(address)
        message.add(count)
        try self.writer.append(message.bytes)
    }

    /// Says what pages hold: at most `MemoryMessage.pagesLimit` of them.
    func pages(_ address: UInt64, _ pages: UnsafeRawBufferPointer) throws(TransferError) {
        var message = MessageBytes(MemoryMessage.pages.rawValue)
        message.add(address)
        message.add(UInt32(pages.count / PageHash.pageSize))
        try self.writer.append(message.bytes, pages)
    }

    func end(_ digest: ByteDigest) throws(TransferError) {
        var message = MessageBytes(MemoryMessage.end.rawValue)
        message.add(digest)
        try self.writer.append(message.bytes)
        try self.writer.flush()
    }
}

/// What the sender of memory says: of each pass `begin`, then the processes one after the other, then `end`.
///
/// Numbers are little endian. Addresses of one process ascend.
enum MemoryMessage: UInt8 {
    /// Protocol version, number of the pass (1, 2, ...), whether it is the last.
    case begin = 1
    /// The process's number inside the container, and the number of its pages image.
    case process = 2
    /// Address, count: these pages are as they were in the pass before.
    case known = 3
    /// Address, count, content: at most `pagesLimit` pages.
    case pages = 4
    /// The digest of all pages of all processes. The receiver answers with its own.
    case end = 5
    /// Address, count: these pages are not sent; the destination fetches them when the container runs there.
    case following = 6

    /// Counts up with every change that an older side would not understand.
    static let protocolVersion: UInt32 = 2
    /// The most pages in one message.
    static let pagesLimit = 64
}
