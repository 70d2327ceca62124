internal import CLinux
internal import Glibc
internal import HandOver
internal import Host
internal import Synchronization

/// A connection to the source by which pages come. A thread of its own receives; who owns it speaks.
final class PageSession: @unchecked Sendable {
    // The writer, the queue and the thread are the owner's alone;
    // the receiving thread uses the input, and what is atomic.
    private var writer: FrameWriter
    private var unsaid: [(process: UInt32, range: Range<UInt64>)] = []
    private var hasBegun = false
    private let watch = PassWatch()
    private let input: OwnedDescriptor
    private let output: OwnedDescriptor
    /// Its end tells whoever brought the connection that it is needed no more.
    private let broker: OwnedDescriptor
    private let ended = Atomic(false)
    private var thread: CompanionThread?

    init(
        input: consuming OwnedDescriptor, output: consuming OwnedDescriptor, broker: consuming OwnedDescriptor
    ) {
        self.writer = FrameWriter(to: output.number, isFile: false, watch: self.watch)
        self.input = input
        self.output = output
        self.broker = broker
    }

    var hasEnded: Bool { self.ended.load(ordering: .acquiring) }
    /// Where to wait for room for what there is to say; `nil` where nothing is.
    var waitsForRoom: Int32? { self.unsaid.isEmpty ? nil : self.output.number }

    /// Begins to receive.
    ///
    /// - Parameters:
    ///   - place: takes pages: process, address at the source, content.
    ///   - onEnd: called on the receiving thread when nothing more comes.
    /// - Throws: where no thread can be made.
    func start(
        place: @escaping @Sendable (UInt32, UInt64, UnsafeRawBufferPointer) throws(TransferError) -> Void,
        onEnd: @escaping @Sendable () -> Void
    ) throws(TransferError) {
        self.thread = try CompanionThread("pages") {
            // Whatever ends the session, the source comes again for as long as it has pages to give.
            do throws(TransferError) { try self.receive(place) } catch {}
            self.ended.store(true, ordering: .releasing)
            onEnd()
        }
    }

    /// Ends it, and returns when its thread has ended.
    func close() {
        self.watch.stop()
        self.thread?.join()
        self.thread = nil
    }

    /// Asks for everything that is awaited; said bit by bit, by `speak`. Once in the life of a connection.
    func ask(for awaited: @autoclosure () -> [(process: UInt32, ranges: [Range<UInt64>])]) {
        guard !self.hasBegun else { return }
        self.hasBegun = true
        self.unsaid = awaited().flatMap { process, ranges in ranges.map { (process, $0) } }
        if self.unsaid.isEmpty { self.say([[PageMessage.begin.rawValue]]) }
        self.speak()
    }

    /// Says as much as can be said without waiting.
    func speak() {
        while !self.unsaid.isEmpty, vz_wait_ready(self.output.number, 1, 0) > 0 {
            let part = self.unsaid.suffix(Self.rangesAtOnce)
            self.unsaid.removeLast(part.count)
            let messages = part.map { process, range in
                var message = MessageBytes(.awaited, process: process, range.lowerBound)
                message.add((range.upperBound - range.lowerBound) / PageRanges.pageSize)
                return message.bytes
            }
            self.say(messages + (self.unsaid.isEmpty ? [[PageMessage.begin.rawValue]] : []))
        }
    }

    /// As many as a pipe that takes anything at all takes at once. See: PIPE_BUF in 'man 7 pipe'.
    private static let rangesAtOnce = 128

    /// Says that a thread waits for a page.
    ///
    /// - Returns: false where there is no room for it just now.
    func ask(urgently page: AwaitingMemory.Urgent) -> Bool {
        guard vz_wait_ready(self.output.number, 1, 0) > 0 else { return false }
        self.say([MessageBytes(.urgent, process: page.process, page.address).bytes])
        return true
    }

    private func say(_ messages: [[UInt8]]) {
        do throws(TransferError) {
            for message in messages { try self.writer.append(message) }
            try self.writer.flush()
        } catch {
            self.watch.stop()
        }
    }

    /// The last word.
    func finish(_ end: Result<PostCopyResult, TransferError>) {
        guard vz_wait_ready(self.output.number, 1, 1000) > 0 else { return }
        // Who does not hear it finds the record of it.
        switch end {
        case .success(let served):
            try? self.writer.append(served.message)
            try? self.writer.flush()
        case .failure(let error): try? self.writer.abandon(error)
        }
    }

    private func receive(
        _ place: (UInt32, UInt64, UnsafeRawBufferPointer) throws(TransferError) -> Void
    ) throws(TransferError) {
        var frames = FrameReader(DescriptorSource(self.input.number, watch: self.watch), isFile: false)
        while let kind = try frames.nextFrame() {
            guard kind == .compressed || kind == .raw else { throw frames.undecodable("no pages") }
            while frames.hasMore {
                guard try frames.integer(UInt8.self) == PageMessage.pages.rawValue else {
                    throw frames.undecodable("no pages")
                }
                let (process, address) = (try frames.integer(UInt32.self), try frames.integer(UInt64.self))
                let count = Int(try frames.integer(UInt32.self))
                guard count > 0, count <= PageMessage.pagesLimit, address % PageRanges.pageSize == 0, address < 1 << 57
                else { throw frames.undecodable("\(count) pages at \(address)") }
                try place(process, address, frames.bytes(count * Int(PageRanges.pageSize)))
            }
        }
    }
}

extension PostCopyResult {
    /// On the wire.
    var message: [UInt8] {
        var message = MessageBytes(PageMessage.served.rawValue)
        message.add(self.placed)
        message.add(self.dropped)
        return message.bytes
    }
}
