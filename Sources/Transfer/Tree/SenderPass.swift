internal import CLinux
internal import Glibc
internal import HandOver
internal import Host
internal import SystemPackage

/// One pass of a sender: joins the walk of the source with the receiver's inventory and sends the difference.
final class SenderPass {
    private let pass: TreePass
    private let scan: TreeScan
    private let stream: SenderStream
    private let log: TreeIndexWriter
    private let watch: PassWatch
    private let settledBefore: Int64
    private var hasher = TreeHasher()
    private var report: PassReport
    /// Which source inode the receiver's copy of each linked inode stands for: `partner` is ours, the key theirs.
    private let claims: LinkTable

    /// `settledBefore` is in nanoseconds since 1970 on the coarse clock; see `TreeIndex`.
    init(
        _ pass: TreePass, scan: TreeScan, stream: SenderStream, log: TreeIndexWriter, watch: PassWatch,
        settledBefore: Int64, spillDirectory: [UInt8]
    ) throws(TransferError) {
        self.pass = pass
        self.scan = scan
        self.stream = stream
        self.log = log
        self.watch = watch
        self.settledBefore = settledBefore
        self.report = PassReport(pass: pass)
        self.claims = try LinkTable(directory: spillDirectory)
    }

    func run(_ queue: ReplyQueue) throws(TransferError) -> PassReport {
        var held = try PeerInventory(queue)
        while let item = try self.scan.next() {
            try self.watch.check()
            while let theirs = held.current, TreePath.compare(theirs.path, item.entry.path) < 0 {
                try self.removeHeld(&held)
            }
            var theirs: TreeEntry?
            if let current = held.current, current.path == item.entry.path {
                theirs = current
                if current.kind == .directory, item.entry.kind != .directory {
                    try held.advancePast()
                } else {
                    try held.advance()
                }
            }
            try self.reconcile(item, theirs)
        }
        while held.current != nil { try self.removeHeld(&held) }
        return try self.finish()
    }

    private func finish() throws(TransferError) -> PassReport {
        let digest = self.hasher.finish()
        self.report.digest = digest
        var trailer = MessageBytes(TreeMessage.trailer.rawValue)
        digest.encode(into: &trailer)
        try self.stream.writer.append(trailer.bytes)
        try self.stream.writer.flush()
        return self.report
    }

    private func removeHeld(_ held: inout PeerInventory) throws(TransferError) {
        guard let path = held.current?.path else { return }
        try held.advancePast()
        try self.stream.send(.remove, paths: path)
        self.report.deleted += 1
    }

    private func reconcile(_ item: TreeScan.Item, _ theirs: TreeEntry?) throws(TransferError) {
        if item.leader != 0 { return try self.reconcileLink(item, theirs) }
        guard let theirs, theirs.isSameObject(as: item.entry), self.claim(theirs, for: item) else {
            return try self.create(item, theirs)
        }
        var item = item
        if item.entry.kind == .regular {
            guard theirs.content != nil, theirs.size == item.entry.size else { return try self.create(item, theirs) }
            if item.entry.content == nil {
                guard try self.digestLocally(&item) else { return try self.drop(theirs) }
            }
            guard theirs.content == item.entry.content else { return try self.create(item, theirs) }
        }
        self.scan.note(item, content: item.entry.content)
        self.remember(partner: theirs.link, of: item)
        if !theirs.hasSameMetadata(as: item.entry) {
            guard let handle = try self.scan.open(item) else { return try self.drop(theirs) }
            try self.stream.send(.update, item.entry)
            try self.sendAttributes(handle, item.entry.path)
            self.report.entriesUpdated += 1
        }
        try self.record(item)
    }

    /// A further name of an inode that has gone by: content and metadata are its.
    private func reconcileLink(_ item: TreeScan.Item, _ theirs: TreeEntry?) throws(TransferError) {
        guard let first = self.scan.links.find(item.entry.link) else { return }
        let isLinkedThere = first.partner != 0 && theirs?.link == first.partner
        if !isLinkedThere {
            try self.stream.send(.link, paths: item.entry.path, self.scan.links.path(first))
            self.report.entriesUpdated += 1
        }
        try self.record(item)
    }

    /// Makes sure that one inode over there does not stand for two here.
    private func claim(_ theirs: TreeEntry, for item: TreeScan.Item) -> Bool {
        guard theirs.link != 0 else { return true }
        if let known = self.claims.find(theirs.link) { return known.partner == item.token.inode }
        let claim = LinkTable.Record(inode: theirs.link, partner: item.token.inode)
        do { try self.claims.insert(claim, path: []) } catch { return false }
        return true
    }

    private func remember(partner: UInt64, of item: TreeScan.Item) {
        guard item.entry.link != 0, var record = self.scan.links.find(item.entry.link) else { return }
        record.partner = partner
        self.scan.links.update(record)
    }

    /// Reads a file whose content is not known, to spare the wire.
    ///
    /// - Returns: false when it vanished.
    private func digestLocally(_ item: inout TreeScan.Item) throws(TransferError) -> Bool {
        guard let handle = try self.scan.open(item), try self.isStill(handle, item) else { return false }
        item.entry.content = try ContentReader.digest(
            of: handle, size: item.entry.size, path: item.entry.path, watch: self.watch)
        item.isSettled = try self.isUnmoved(handle, item)
        return true
    }

    /// An entry went away under a warm pass: so it goes over there. A directory, whose held entries are still to come,
    /// is left to the next pass.
    private func drop(_ theirs: TreeEntry?) throws(TransferError) {
        guard let theirs, theirs.kind != .directory else { return }
        try self.stream.send(.remove, paths: theirs.path)
        self.report.deleted += 1
    }

    private func create(_ item: TreeScan.Item, _ theirs: TreeEntry?) throws(TransferError) {
        guard let handle = try self.scan.open(item), try self.isStill(handle, item) else {
            self.scan.skipChildren()
            return try self.drop(theirs)
        }
        var item = item
        self.remember(partner: 0, of: item)
        try self.stream.send(.create, item.entry)
        if item.entry.kind == .regular {
            try self.sendContent(&item, handle)
            self.scan.note(item, content: item.entry.content)
        }
        try self.sendAttributes(handle, item.entry.path)
        try self.record(item)
    }

    /// Sends what is allocated of a file and digests it as it passes. Only a warm pass allows that it moves meanwhile.
    private func sendContent(
        _ item: inout TreeScan.Item, _ handle: borrowing OwnedDescriptor
    ) throws(TransferError) {
        let path = item.entry.path
        var reader: ContentReader
        do { reader = try ContentReader(handle, size: item.entry.size) } catch { throw .system(error, "open", path) }
        var hasher = ContentHasher()
        while true {
            let piece: (offset: UInt64, bytes: UnsafeRawBufferPointer)?
            do { piece = try reader.next() } catch { throw .system(error, "read", path) }
            guard let piece else { break }
            hasher.add(offset: piece.offset, piece.bytes)
            var head = MessageBytes(TreeMessage.data.rawValue)
            head.add(piece.offset)
            head.add(UInt32(piece.bytes.count))
            try self.stream.writer.append(head.bytes, piece.bytes)
            self.report.tree.contentBytes += UInt64(piece.bytes.count)
        }
        let size = reader.shrunkTo ?? item.entry.size
        let digest = hasher.finish(size: size)
        item.entry.content = digest
        item.entry.size = size
        var end = MessageBytes(TreeMessage.contentEnd.rawValue)
        end.add(size)
        end.add(digest)
        try self.stream.writer.append(end.bytes)
        self.report.filesSent += 1
        try self.log.note(contentBytes: size)
        item.isSettled = try self.isUnmoved(handle, item)
    }

    private func sendAttributes(_ handle: borrowing OwnedDescriptor, _ path: [UInt8]) throws(TransferError) {
        let number = handle.number
        let names = try TransferError.wrap("listxattr", path) { () throws(Errno) in
            try ExtendedAttributes.names(number)
        }
        for name in names {
            let value = try TransferError.wrap("getxattr", path) { () throws(Errno) in
                try ExtendedAttributes.value(number, name)
            }
            guard let value else { continue }
            try self.stream.send(.attribute, paths: name, value)
        }
        try self.stream.send(.attributesEnd)
    }

    /// True when the handle is the inode that the walk saw.
    private func isStill(_ handle: borrowing OwnedDescriptor, _ item: TreeScan.Item) throws(TransferError) -> Bool {
        let path = item.entry.path
        let status: FileStatus
        do { status = try FileStatus(of: handle) } catch { throw .system(error, "statx", path) }
        if status.raw.inode == item.token.inode, status.format == item.entry.kind.format { return true }
        if self.pass == .warm { return false }
        throw TransferError(.sourceChanged, path: path, operation: "open")
    }

    /// True when the file still shows the status it had before it was read.
    private func isUnmoved(_ handle: borrowing OwnedDescriptor, _ item: TreeScan.Item) throws(TransferError) -> Bool {
        let path = item.entry.path
        let status: FileStatus
        do { status = try FileStatus(of: handle) } catch { throw .system(error, "statx", path) }
        if ChangeToken(status) == item.token { return true }
        if self.pass == .warm { return false }
        throw TransferError(.sourceChanged, path: path, operation: "read")
    }

    /// Counts the entry, and writes down what is known of it for the next pass.
    private func record(_ item: TreeScan.Item) throws(TransferError) {
        self.hasher.add(item, content: item.entry.content)
        var token = item.token
        let changed = max(token.mtime, token.ctime)
        if !item.isSettled || changed >= FileTime(nanosecondsSince1970: self.settledBefore) { token.inode = 0 }
        try self.log.add(
            IndexRecord(
                path: item.entry.path, token: token, flags: item.entry.flags, attributes: item.entry.attributes,
                content: item.entry.content))
    }
}

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
