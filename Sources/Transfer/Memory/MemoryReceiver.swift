internal import Glibc
internal import Host
package import SystemPackage

/// The destination's side: writes each pass as images that CRIU restores from, in a directory of its own: `<root>/1`,
/// `<root>/2` and so on, each with the one before as its parent.
///
/// Calls block. After an error the connection is of no further use.
package final class MemoryReceiver {
    private let root: String
    private let output: FileDescriptor
    private let watch: PassWatch
    private var frames: FrameReader
    private var tables: [UInt32: PageTable] = [:]
    private var passes: UInt32 = 0

    /// The most processes of a container: the kernel's own limit of numbers.
    private static let processLimit = 1 << 22

    /// - Parameters:
    ///   - root: an existing directory that is in memory and nobody else's.
    ///   - input: where a `MemorySender` speaks. Both descriptors stay the caller's.
    ///   - output: where it listens.
    ///   - cancellation: ends it from another thread.
    package init(
        root: String, input: FileDescriptor, output: FileDescriptor,
        cancellation: TransferControl = TransferControl()
    ) {
        self.root = root
        self.output = output
        self.watch = PassWatch(cancellation)
        self.frames = FrameReader(DescriptorSource(input.rawValue, watch: self.watch), isFile: false)
    }

    /// Receives passes until the last one or until the sender hangs up.
    ///
    /// - Returns: the number and digest of the last pass; `nil` if the sender hung up before it.
    /// - Throws: what failed here, which the sender has been told, or there (`isPeers`).
    package func receive() throws(TransferError) -> ReceivedMemory? {
        let answer = MemoryStream(FrameWriter(to: self.output.rawValue, isFile: false, watch: self.watch))
        do throws(TransferError) {
            while try self.nextFrame() {
                let (digest, isLast) = try self.pass()
                let received = ReceivedMemory(passes: self.passes, digest: digest)
                if isLast { try received.record(in: self.root) }
                try answer.writer.finish(.reply, digest.bytes)
                if isLast { return received }
            }
            return nil
        } catch {
            // A sender that does not hear it has hung up.
            if !error.isPeers { try? answer.writer.abandon(error) }
            throw error
        }
    }

    private func pass() throws(TransferError) -> (ByteDigest, isLast: Bool) {
        guard try self.nextTag() == .begin else { throw self.frames.undecodable("no beginning") }
        guard try self.frames.integer(UInt32.self) == MemoryMessage.protocolVersion else {
            throw self.frames.undecodable("another version of the protocol")
        }
        let number = try self.frames.integer(UInt32.self)
        guard number == self.passes + 1 else { throw self.frames.undecodable("pass \(number)") }
        let isLast = try self.frames.integer(UInt8.self) == 1
        let directory = "\(self.root)/\(number)"
        try self.makeDirectory(directory, parent: number > 1 ? "../\(self.passes)" : nil)
        self.passes = number
        return (try self.processes(directory, isLast: isLast), isLast)
    }

    private func processes(_ directory: String, isLast: Bool) throws(TransferError) -> ByteDigest {
        var digest = MemoryDigest()
        var tables: [UInt32: PageTable] = [:]
        var current: ReceivedProcess?
        while true {
            let tag = try self.nextTag()
            switch tag {
            case .process:
                try Self.close(&current, into: &tables)
                let number = try self.frames.integer(UInt32.self)
                let pagesID = try self.frames.integer(UInt32.self)
                guard tables[number] == nil, tables.count < Self.processLimit else {
                    throw self.frames.undecodable("process \(number) twice")
                }
                current = try ReceivedProcess(
                    number, pagesID: pagesID, in: directory, before: self.tables[number] ?? PageTable())
                digest.begin(process: number)
            case .known:
                let (address, count) = (try self.frames.integer(UInt64.self), try self.frames.integer(UInt64.self))
                guard let current, try current.keep(address, count, &digest) else {
                    throw self.frames.undecodable("pages at \(address) that are not known")
                }
            case .following:
                let (address, count) = (try self.frames.integer(UInt64.self), try self.frames.integer(UInt64.self))
                guard isLast, let current, current.leave(address, count, &digest) else {
                    throw self.frames.undecodable("pages at \(address) that follow")
                }
            case .pages:
                let address = try self.frames.integer(UInt64.self)
                let count = Int(try self.frames.integer(UInt32.self))
                guard count > 0, count <= MemoryMessage.pagesLimit else {
                    throw self.frames.undecodable("\(count) pages")
                }
                let bytes = try self.frames.bytes(count * PageHash.pageSize)
                guard let current, try current.write(address, bytes, &digest) else {
                    throw self.frames.undecodable("pages at \(address)")
                }
            case .end:
                try Self.close(&current, into: &tables)
                self.tables = tables
                let here = digest.finish()
                guard try self.frames.digest() == here else {
                    throw TransferError(.treesDiffer, operation: "comparing the memory", detail: "there: \(here.hex)")
                }
                return here
            case .begin: throw self.frames.undecodable("a beginning within a pass")
            }
        }
    }

    private static func close(
        _ process: inout ReceivedProcess?, into tables: inout [UInt32: PageTable]
    ) throws(TransferError) {
        guard let ended = process else { return }
        try ended.close()
        tables[ended.number] = ended.table
        process = nil
    }

    private func makeDirectory(_ path: String, parent: String?) throws(TransferError) {
        guard mkdir(path, 0o700) == 0 else { throw .system(Errno.last, "mkdir", Array(path.utf8)) }
        guard let parent else { return }
        // CR_PARENT_LINK in CRIU's include/image.h.
        guard symlink(parent, "\(path)/parent") == 0 else { throw .system(Errno.last, "symlink", Array(path.utf8)) }
    }

    private func nextTag() throws(TransferError) -> MemoryMessage {
        if !self.frames.hasMore, try !self.nextFrame() { throw TransferError(.connectionLost, operation: "read") }
        let tag = try self.frames.integer(UInt8.self)
        guard let message = MemoryMessage(rawValue: tag) else { throw self.frames.undecodable("message \(tag)") }
        return message
    }

    /// - Returns: false where the sender has hung up.
    private func nextFrame() throws(TransferError) -> Bool {
        switch try self.frames.nextFrame() {
        case .compressed, .raw: return true
        case .failed: throw TransferError(encoded: try self.frames.rest())
        case .reply: throw self.frames.undecodable("an answer")
        case nil: return false
        }
    }
}
