internal import CLinux
internal import Glibc
package import HandOver
internal import Host
package import SystemPackage

/// The source's side: sends the memory of a container in passes, each time what the other side does not hold.
///
/// Calls block; an instance is used from one thread at a time, and keeps what the other side holds between passes.
/// After an error the connection is of no further use.
package final class MemorySender {
    private let input: FileDescriptor
    private let watch: PassWatch
    private let tracking: MemoryTracking
    private let stream: MemoryStream
    private var frames: FrameReader
    /// Keyed by both numbers of a process, so that a later process is not taken for it.
    private var tables: [MemoryProcess: PageTable] = [:]
    /// Where the pages were at the last look, of each process that the kernel watches since.
    private var pageFrames: [MemoryProcess: PageFrames] = [:]
    private var passes: UInt32 = 0

    /// - Parameters:
    ///   - tracking: how to find out what changed between passes.
    ///   - input: where a `MemoryReceiver` answers. Both descriptors stay the caller's.
    ///   - output: where it listens.
    ///   - cancellation: ends a pass from another thread.
    package init(
        tracking: MemoryTracking, input: FileDescriptor, output: FileDescriptor, cancellation: TransferControl
    ) {
        self.tracking = tracking
        self.input = input
        self.watch = PassWatch(cancellation)
        self.stream = MemoryStream(FrameWriter(to: output.rawValue, isFile: false, watch: self.watch))
        self.frames = FrameReader(DescriptorSource(input.rawValue, watch: self.watch), isFile: false)
    }

    /// Runs one pass.
    ///
    /// - Parameters:
    ///   - memory: what is sent; with images it is the last pass.
    ///   - holding: runs its body while no instruction of the container does, and says how long that was. Needed only
    ///     where the kernel tracks writes and the container runs.
    /// - Returns: what was done, and the digest of the memory as both sides hold it now.
    /// - Throws: what failed here, or there (`isPeers`).
    package func send(
        _ memory: OutgoingMemory,
        holding: (_ body: () throws(TransferError) -> Void) throws(TransferError) -> Duration
    ) throws(TransferError) -> SentMemory {
        do throws(TransferError) {
            return try self.pass(memory, holding)
        } catch {
            guard error.reason == .connectionLost else {
                // The reason is the first error; that the other side cannot be told of it changes nothing.
                if !error.isPeers { try? self.stream.writer.abandon(error) }
                throw error
            }
            // A broken connection may still hold the reason that the receiver gave before it went.
            throw self.lastWord() ?? error
        }
    }

    private func pass(
        _ memory: OutgoingMemory,
        _ holding: (_ body: () throws(TransferError) -> Void) throws(TransferError) -> Duration
    ) throws(TransferError) -> SentMemory {
        self.passes += 1
        let wireBefore = self.stream.writer.wireBytes
        let start = ContinuousClock.now
        var round = MemoryRound(tracking: self.tracking, processes: UInt64(memory.processes.count), sharedBytes: 0)
        let sources = try self.sources(memory, holding, &round)
        try self.stream.begin(pass: self.passes, isLast: memory.images != nil)
        var digest = MemoryDigest()
        var tables: [MemoryProcess: PageTable] = [:]
        for source in sources {
            let pass = ProcessPass(
                source, self.tables[source.memory] ?? PageTable(), self.stream, self.watch, digest,
                follows: memory.follows)
            try pass.run()
            digest = pass.digest
            round.pages += pass.pages
            round.sentPages += pass.sentPages
            tables[source.memory] = pass.table
            self.tables[source.memory] = nil
        }
        self.tables = tables
        let whole = digest.finish()
        try self.stream.end(whole)
        round.wireBytes = self.stream.writer.wireBytes - wireBefore
        try self.settle(whole)
        round.duration = start.duration(to: .now)
        return SentMemory(round: round, digest: whole.hex)
    }

    /// The processes in an order that does not change from pass to pass.
    private func sources(
        _ memory: OutgoingMemory,
        _ holding: (_ body: () throws(TransferError) -> Void) throws(TransferError) -> Duration,
        _ round: inout MemoryRound
    ) throws(TransferError) -> [any PageSource] {
        let processes = memory.processes.sorted { $0.number < $1.number }
        if let images = memory.images {
            return try processes.map { process throws(TransferError) in
                try DumpedPages(process, images: images, before: self.pageFrames[process])
            }
        }
        var sharedBytes: UInt64 = 0
        for process in processes { sharedBytes += try process.sharedBytes() }
        round.sharedBytes = sharedBytes
        guard self.tracking == .kernel else {
            return try self.running(
                processes,
                try processes.map { process throws(TransferError) in
                    try RunningPages.look(at: process, before: nil, watch: self.watch).runs
                })
        }
        var looks: [(runs: [PageRun], frames: PageFrames)] = []
        round.held = try holding { () throws(TransferError) in
            looks = try processes.map { process throws(TransferError) in
                try RunningPages.look(at: process, before: self.pageFrames[process], watch: self.watch)
            }
            // Only now: processes may share all of their memory, and then share what the kernel forgets.
            for process in processes { try MemoryTracking.watch(process) }
        }
        self.pageFrames = [:]
        for (process, look) in zip(processes, looks) { self.pageFrames[process] = look.frames }
        return try self.running(processes, looks.map(\.runs))
    }

    /// Those that have not ended meanwhile.
    private func running(
        _ processes: [MemoryProcess], _ runs: [[PageRun]]
    ) throws(TransferError) -> [any PageSource] {
        var sources: [any PageSource] = []
        for (process, runs) in zip(processes, runs) {
            if let source = try RunningPages(process, runs) { sources.append(source) }
        }
        return sources
    }

    /// Waits for the receiver's word and holds it against ours.
    private func settle(_ digest: ByteDigest) throws(TransferError) {
        guard let kind = try self.frames.nextFrame() else { throw TransferError(.connectionLost, operation: "read") }
        let word = try self.frames.rest()
        switch kind {
        case .reply where word == digest.bytes: return
        case .reply:
            throw TransferError(.treesDiffer, operation: "comparing the memory", detail: "here: \(digest.hex)")
        case .failed: throw TransferError(encoded: word)
        case .compressed, .raw: throw self.frames.undecodable("an answer")
        }
    }

    private func lastWord() -> TransferError? {
        guard let kind = try? self.frames.nextFrame(), kind == .failed, let word = try? self.frames.rest() else {
            return nil
        }
        return TransferError(encoded: word)
    }
}
