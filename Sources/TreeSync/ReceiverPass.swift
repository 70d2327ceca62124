internal import FrameStream

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
            self.report.bytesSent += UInt64(count)
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
