internal import FrameStream

/// What the receiver holds, in walk order, as its inventory stream tells it.
struct PeerInventory: ~Copyable {
    /// The entry it stands at, or `nil` after the last.
    private(set) var current: TreeEntry?

    private var frames: FrameReader

    init(_ queue: ReplyQueue) throws(TransferError) {
        self.frames = FrameReader(queue, isFile: false)
        self.current = try self.read()
    }

    /// Goes to the next entry.
    mutating func advance() throws(TransferError) {
        guard let last = self.current?.path else { return }
        self.current = try self.read()
        if let next = self.current?.path, TreePath.compare(last, next) >= 0 {
            throw self.frames.undecodable("inventory out of order")
        }
    }

    /// Goes past the current entry and all below it. Once that is done the receiver's walk has left it for good.
    mutating func advancePast() throws(TransferError) {
        guard let root = self.current?.path else { return }
        try self.advance()
        while let path = self.current?.path, TreePath.isBelow(path, root) { try self.advance() }
    }

    private mutating func read() throws(TransferError) -> TreeEntry? {
        if !self.frames.hasMore {
            guard try self.frames.nextFrame() != nil else {
                throw TransferError(.connectionLost, operation: "read of the inventory")
            }
        }
        switch TreeMessage(rawValue: try self.frames.integer(UInt8.self)) {
        case .held: return try TreeEntry(from: &self.frames)
        case .heldEnd: return nil
        default: throw self.frames.undecodable("inventory")
        }
    }
}
