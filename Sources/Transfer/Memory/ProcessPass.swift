/// One process in one pass: its pages in ascending order, told apart by what the other side holds of them.
final class ProcessPass {
    /// What the other side holds when the pass has ended.
    private(set) var table = PageTable()
    private(set) var digest: MemoryDigest
    private(set) var pages: UInt64 = 0
    private(set) var sentPages: UInt64 = 0

    private let source: any PageSource
    private let stream: MemoryStream
    private let watch: PassWatch
    private var before: PageTable
    private var known = PageRun(address: 0, pageCount: 0)
    private let buffer: UnsafeMutableRawBufferPointer
    private let follows: Bool
    /// Whether pages of the run at hand are left behind where the other side does not hold them.
    private var isLeaving = false

    init(
        _ source: any PageSource, _ before: PageTable, _ stream: MemoryStream, _ watch: PassWatch,
        _ digest: MemoryDigest, follows: Bool = false
    ) {
        self.follows = follows
        self.source = source
        self.before = before
        self.before.rewind()
        self.stream = stream
        self.watch = watch
        self.digest = digest
        self.buffer = .allocate(
            byteCount: MemoryMessage.pagesLimit * PageHash.pageSize, alignment: PageHash.pageSize)
    }

    deinit { self.buffer.deallocate() }

    func run() throws(TransferError) {
        try self.stream.process(self.source.memory.number, pagesID: self.source.pagesID)
        self.digest.begin(process: self.source.memory.number)
        while let run = try self.source.next() {
            try self.watch.check()
            self.isLeaving = self.follows && run.mayFollow
            if self.isLeaving, self.before.isEmpty {
                try self.leave(run.address, run.pageCount)
            } else {
                try run.mayHaveChanged ? self.send(run) : self.keep(run)
            }
        }
        try self.flushKnown()
    }

    /// Pages that were not written to are as they were, if the other side has them at all.
    private func keep(_ run: PageRun) throws(TransferError) {
        var (address, unknown) = (run.address, PageRun(address: run.address, pageCount: 0))
        while address < run.end {
            let hash = self.before.find(address)
            address += UInt64(PageHash.pageSize)
            guard let hash else {
                unknown.pageCount += 1
                continue
            }
            try self.send(unknown)
            try self.note(address - UInt64(PageHash.pageSize), hash)
            unknown = PageRun(address: address, pageCount: 0)
        }
        try self.send(unknown)
    }

    private func send(_ run: PageRun) throws(TransferError) {
        var address = run.address
        while address < run.end {
            try self.watch.check()
            let room = Int(min(run.end - address, UInt64(self.buffer.count)))
            let count = try self.source.read(
                address, into: UnsafeMutableRawBufferPointer(rebasing: self.buffer[..<room]))
            if count > 0 { try self.sort(address, UnsafeRawBufferPointer(rebasing: self.buffer[..<count])) }
            address += UInt64(max(count, PageHash.pageSize))
        }
    }

    /// Sends what the other side does not hold of these pages.
    private func sort(_ address: UInt64, _ bytes: UnsafeRawBufferPointer) throws(TransferError) {
        guard let start = bytes.baseAddress else { return }
        var unsent = 0..<0
        for offset in stride(from: 0, to: bytes.count, by: PageHash.pageSize) {
            let hash = PageHash(of: start + offset)
            let place = address + UInt64(offset)
            if self.before.find(place) == hash {
                try self.flush(unsent, address, bytes)
                unsent = 0..<0
                try self.note(place, hash)
            } else {
                try self.flushKnown()
                unsent = (unsent.isEmpty ? offset : unsent.lowerBound)..<offset + PageHash.pageSize
                if !self.isLeaving { self.add(place, hash) }
            }
        }
        try self.flush(unsent, address, bytes)
    }

    private func flush(
        _ part: Range<Int>, _ address: UInt64, _ bytes: UnsafeRawBufferPointer
    ) throws(TransferError) {
        guard !part.isEmpty else { return }
        if self.isLeaving {
            return try self.leave(address + UInt64(part.lowerBound), UInt64(part.count / PageHash.pageSize))
        }
        try self.stream.pages(address + UInt64(part.lowerBound), UnsafeRawBufferPointer(rebasing: bytes[part]))
        self.sentPages += UInt64(part.count / PageHash.pageSize)
    }

    /// These pages follow when the container runs there.
    private func leave(_ address: UInt64, _ count: UInt64) throws(TransferError) {
        try self.flushKnown()
        try self.stream.following(address, count: count)
        for index in 0..<count { self.digest.add(address + index * UInt64(PageHash.pageSize), .following) }
        self.pages += count
    }

    /// The other side holds that page already.
    private func note(_ address: UInt64, _ hash: PageHash) throws(TransferError) {
        if self.known.end != address {
            try self.flushKnown()
            self.known = PageRun(address: address, pageCount: 0)
        }
        self.known.pageCount += 1
        self.add(address, hash)
    }

    private func flushKnown() throws(TransferError) {
        guard self.known.pageCount > 0 else { return }
        try self.stream.known(self.known.address, count: self.known.pageCount)
        self.known = PageRun(address: 0, pageCount: 0)
    }

    private func add(_ address: UInt64, _ hash: PageHash) {
        self.table.append(address, hash)
        self.digest.add(address, hash)
        self.pages += 1
    }
}
