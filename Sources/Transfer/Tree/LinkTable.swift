/// What is remembered of each inode with several names: a hash table by inode number that may outgrow RAM.
final class LinkTable {
    /// One inode. `bits` plain 8-byte words, so that it can live in mapped memory.
    struct Record {
        /// The key; never 0.
        var inode: UInt64 = 0
        /// The place in the walk of the first name, counted from 1.
        var ordinal: UInt64 = 0
        /// What the user of the table keeps: the inode at the other side.
        var partner: UInt64 = 0
        /// 1 when `content` is known.
        var isContentKnown: UInt64 = 0
        var content = ByteDigest.zero
        fileprivate var pathOffset: UInt64 = 0
        fileprivate var pathLength: UInt64 = 0

        init(inode: UInt64, ordinal: UInt64 = 0, partner: UInt64 = 0) {
            self.inode = inode
            self.ordinal = ordinal
            self.partner = partner
        }
    }

    private let directory: [UInt8]
    private var slots: SpillBuffer
    private let paths: SpillBuffer
    private var capacity = 64
    private(set) var count = 0
    private var pathsUsed = 0
    private static let stride = MemoryLayout<Record>.stride

    init(directory: [UInt8]) throws(TransferError) {
        self.directory = directory
        self.slots = SpillBuffer(directory: directory)
        self.paths = SpillBuffer(directory: directory)
        try self.slots.reserve(self.capacity * Self.stride)
    }

    /// The record of `inode`, or `nil` before its first `insert`.
    func find(_ inode: UInt64) -> Record? {
        let record = self.load(self.slot(inode))
        return record.inode == inode ? record : nil
    }

    /// Adds a record whose first name is `path`.
    func insert(_ record: Record, path: [UInt8]) throws(TransferError) {
        if self.count * 2 >= self.capacity { try self.grow() }
        var record = record
        record.pathOffset = UInt64(self.pathsUsed)
        record.pathLength = UInt64(path.count)
        try self.paths.reserve(self.pathsUsed + path.count)
        UnsafeMutableRawBufferPointer(rebasing: self.paths.memory[self.pathsUsed...]).copyBytes(from: path)
        self.pathsUsed += path.count
        self.store(record, self.slot(record.inode))
        self.count += 1
    }

    /// Replaces the record of an inode that is there.
    func update(_ record: Record) {
        self.store(record, self.slot(record.inode))
    }

    /// The first name of the inode.
    func path(_ record: Record) -> [UInt8] {
        Array(self.paths.memory[Int(record.pathOffset)..<Int(record.pathOffset + record.pathLength)])
    }

    private func slot(_ inode: UInt64) -> Int {
        var index = Int(truncatingIfNeeded: (inode &* 0x9E37_79B9_7F4A_7C15) >> 20) & (self.capacity - 1)
        while true {
            let found = self.load(index).inode
            if found == inode || found == 0 { return index }
            index = (index + 1) & (self.capacity - 1)
        }
    }

    private func load(_ index: Int) -> Record {
        self.slots.memory.load(fromByteOffset: index * Self.stride, as: Record.self)
    }

    private func store(_ record: Record, _ index: Int) {
        self.slots.memory.storeBytes(of: record, toByteOffset: index * Self.stride, as: Record.self)
    }

    private func grow() throws(TransferError) {
        let old = self.slots
        let oldCapacity = self.capacity
        self.slots = SpillBuffer(directory: self.directory)
        self.capacity *= 2
        try self.slots.reserve(self.capacity * Self.stride)
        for index in 0..<oldCapacity {
            let record = old.memory.load(fromByteOffset: index * Self.stride, as: Record.self)
            if record.inode != 0 { self.store(record, self.slot(record.inode)) }
        }
    }
}
