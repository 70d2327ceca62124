internal import CLinux
internal import Glibc
package import HandOver
package import SystemPackage

/// The source's side: gives the frozen original's pages to a container that runs at the destination already, the ones
/// that a thread waits for first.
///
/// It keeps nothing between connections: the destination says on each what it still awaits.
package final class PageServer {
    private let input: FileDescriptor
    private let watch: PassWatch
    private var frames: FrameReader
    private var writer: FrameWriter
    private let processes: [UInt32: MemoryProcess]
    private var sources: [UInt32: FrozenPages] = [:]
    private let buffer: UnsafeMutableRawBufferPointer

    /// What is awaited as it was said; moved to `awaited` when it is all said.
    private var said: [UInt32: [Range<UInt64>]] = [:]
    /// What was not sent yet; `nil` until the destination has said what it awaits.
    private var awaited: [UInt32: PageRanges]?
    private var urgent: [(process: UInt32, address: UInt64)] = []

    /// - Parameters:
    ///   - processes: the originals, which stand still for as long as this works.
    ///   - input: where a `PageDaemon` asks. Both descriptors stay the caller's.
    ///   - output: where it listens.
    ///   - cancellation: ends it from another thread.
    package init(
        of processes: [MemoryProcess], input: FileDescriptor, output: FileDescriptor,
        cancellation: TransferControl
    ) {
        self.processes = Dictionary(processes.map { ($0.number, $0) }) { first, _ in first }
        self.input = input
        self.watch = PassWatch(cancellation)
        self.frames = FrameReader(DescriptorSource(input.rawValue, watch: self.watch), isFile: false)
        self.writer = FrameWriter(to: output.rawValue, isFile: false, watch: self.watch)
        self.buffer = .allocate(byteCount: Int(PageMessage.sizeLimit), alignment: Int(PageRanges.pageSize))
    }

    deinit { self.buffer.deallocate() }

    /// Serves until the destination has all that it awaits.
    ///
    /// - Throws: what failed here, or there (`isPeers`): then it will never have them. After a lost connection it may
    ///   be served on another one.
    package func serve() throws(TransferError) -> PostCopyResult {
        do throws(TransferError) {
            while true {
                try self.watch.check()
                // Urgent pages go before pages that are only awaited.
                let next = vz_wait_ready(self.input.rawValue, 0, self.hasWork ? 0 : 100) > 0 ? nil : self.next()
                if let (process, range) = next {
                    try self.send(range, of: process)
                } else if vz_wait_ready(self.input.rawValue, 0, 0) > 0, let served = try self.hear() {
                    return served
                }
            }
        } catch {
            if !error.isPeers, error.reason != .connectionLost { try? self.writer.abandon(error) }
            throw error
        }
    }

    private var hasWork: Bool { !self.urgent.isEmpty || self.awaited?.isEmpty == false }

    /// The pages to send next; `nil` for none.
    private func next() -> (process: UInt32, range: Range<UInt64>)? {
        while let (process, address) = self.urgent.popLast() {
            guard self.awaited != nil else { return (process, address..<address + PageRanges.pageSize) }
            // One that was sent already is on its way.
            guard let range = self.awaited?[process]?.take(at: address, PageMessage.sizeLimit) else { continue }
            return (process, range)
        }
        while let process = self.awaited?.keys.min() {
            if let range = self.awaited?[process]?.takeFirst(PageMessage.sizeLimit) { return (process, range) }
            self.awaited?[process] = nil
        }
        return nil
    }

    private func send(_ range: Range<UInt64>, of process: UInt32) throws(TransferError) {
        let source = try self.source(process)
        var address = range.lowerBound
        while address < range.upperBound {
            let wanted = UnsafeMutableRawBufferPointer(rebasing: self.buffer[..<Int(range.upperBound - address)])
            let count = try source.read(address, into: wanted)
            var message = MessageBytes(.pages, process: process, address)
            message.add(UInt32(count / Int(PageRanges.pageSize)))
            try self.writer.append(message.bytes, UnsafeRawBufferPointer(rebasing: self.buffer[..<count]))
            address += UInt64(count)
        }
        // A thread may wait for it.
        try self.writer.flush()
    }

    private func source(_ number: UInt32) throws(TransferError) -> FrozenPages {
        if let source = self.sources[number] { return source }
        guard let process = self.processes[number] else {
            throw TransferError(.undecodable, operation: "serve pages of process \(number), which is not here")
        }
        let source = try FrozenPages(process)
        self.sources[number] = source
        return source
    }

    /// Hears one frame.
    ///
    /// - Returns: the destination's last word; `nil` if this was not it.
    private func hear() throws(TransferError) -> PostCopyResult? {
        switch try self.frames.nextFrame() {
        case .compressed, .raw: break
        case .failed: throw TransferError(encoded: try self.frames.rest())
        case .reply: throw self.frames.undecodable("an answer")
        case nil: throw TransferError(.connectionLost, operation: "read")
        }
        while self.frames.hasMore {
            switch PageMessage(rawValue: try self.frames.integer(UInt8.self)) {
            case .awaited: try self.hearAwaited()
            case .begin:
                self.awaited = self.said.mapValues { PageRanges(merging: $0) }
                self.said = [:]
            case .urgent:
                let (process, address) = (try self.frames.integer(UInt32.self), try self.frames.integer(UInt64.self))
                guard address % PageRanges.pageSize == 0, address < 1 << 57 else {
                    throw self.frames.undecodable("an urgent page at \(address)")
                }
                self.urgent.append((process, address))
            case .served:
                return PostCopyResult(
                    placed: try self.frames.integer(UInt64.self), dropped: try self.frames.integer(UInt64.self))
            case .pages, nil: throw self.frames.undecodable("a message that does not belong here")
            }
        }
        return nil
    }

    private func hearAwaited() throws(TransferError) {
        let (process, address) = (try self.frames.integer(UInt32.self), try self.frames.integer(UInt64.self))
        let count = try self.frames.integer(UInt64.self)
        guard address % PageRanges.pageSize == 0, address < 1 << 57, count > 0, count < 1 << 40 else {
            throw self.frames.undecodable("\(count) awaited pages at \(address)")
        }
        self.said[process, default: []].append(address..<address + count * PageRanges.pageSize)
    }
}

/// What the two sides of post-copy say to each other. Numbers are little endian; a process is
/// named by its number inside the container, a page by its address at the source.
enum PageMessage: UInt8 {
    /// From the destination: process, address, pages. These are awaited; said of all of them once the restore is over,
    /// then `begin`.
    case awaited = 1
    case begin = 2
    /// From the destination: process, address. A thread waits for this one, perhaps one that restores.
    case urgent = 3
    /// From the destination, its last word: how many pages were placed, and how many the container gave up itself.
    case served = 4
    /// From the source: process, address, pages, content.
    case pages = 5

    /// The most pages in one message.
    static let pagesLimit = 64
    /// The same in bytes.
    static let sizeLimit = UInt64(pagesLimit) * PageRanges.pageSize
}

extension MessageBytes {
    init(_ message: PageMessage, process: UInt32, _ address: UInt64) {
        self.init(message.rawValue)
        self.add(process)
        self.add(address)
    }
}
