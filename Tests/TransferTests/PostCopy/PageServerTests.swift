import Glibc
internal import HandOver
import Host
import Synchronization
import SystemPackage
import Testing
import TestSupport
import Transfer

@Suite("The source gives the pages that are asked for, and no byte to whoever speaks nonsense")
struct PageServerTests {
    @Test("What a thread waits for comes first, and each page once")
    func serves() throws {
        let process = try ServedProcess()
        let pages = try process.pages(3)
        let first = try #require(pages.first)
        let talk = try process.serve()
        try talk.say(.urgent(7, pages[2]))
        #expect(try talk.nextPage() == pages[2])
        try talk.say(.awaited(7, first, 3), .begin)
        #expect(try [talk.nextPage(), talk.nextPage(), talk.nextPage()] == pages)
        try talk.say(.urgent(7, pages[1]), .served(3, 1))
        #expect(try talk.outcome.get() == PostCopyResult(placed: 3, dropped: 1))
    }

    @Test(
        "Nonsense ends it",
        arguments: [
            [Word.urgent(8, 4096)], [.urgent(7, 4097)], [.awaited(7, 4096, 0)], [.awaited(7, 4096, 1 << 41)],
            [.awaited(7, 1 << 60, 1)], [.unknown], [.awaited(9, 4096, 1), .begin], [.urgent(7, 4096)],
        ])
    func nonsense(words: [Word]) throws {
        let talk = try ServedProcess().serve()
        try talk.say(words)
        #expect(throws: TransferError.self) { try talk.outcome.get() }
    }

    @Test("A destination that hangs up is a lost connection, and one that says why is believed")
    func endings() throws {
        let hungUp = try ServedProcess().serve()
        hungUp.hangUp()
        let end = #expect(throws: TransferError.self) { try hungUp.outcome.get() }
        #expect(end?.reason == .connectionLost)
        let failed = try ServedProcess().serve()
        try failed.fail()
        let reason = #expect(throws: TransferError.self) { try failed.outcome.get() }
        #expect(reason?.isPeers == true && reason?.operation == "the daemon was killed")
    }
}

/// What a page daemon may say.
enum Word: Sendable {
    case urgent(UInt32, UInt64)
    case awaited(UInt32, UInt64, UInt64)
    case begin
    case served(UInt64, UInt64)
    case unknown

    var bytes: [UInt8] {
        switch self {
        case .urgent(let process, let address): Self.message(3, process, [address])
        case .awaited(let process, let address, let count): Self.message(1, process, [address, count])
        case .begin: [2]
        case .served(let placed, let dropped): Self.message(4, nil, [placed, dropped])
        case .unknown: [77]
        }
    }

    private static func message(_ tag: UInt8, _ process: UInt32?, _ numbers: [UInt64]) -> [UInt8] {
        var message = MessageBytes(tag)
        if let process { message.add(process) }
        for number in numbers { message.add(number) }
        return message.bytes
    }
}

/// A process that sleeps, known as 7.
final class ServedProcess {
    private let memory: MemoryProcess
    private let pid: Int32

    init() throws {
        self.pid = try HostProgram("sleep", ["3600"]).detach()
        self.memory = try #require(try MemoryProcess(pid: self.pid, number: 7))
    }

    deinit {
        kill(self.pid, SIGKILL)
        waitpid(self.pid, nil, 0)
    }

    /// The first pages of its stack's mapping that are there.
    func pages(_ count: Int) throws -> [UInt64] {
        let maps = try DurableFile.read("/proc/\(self.pid)/maps", limit: 1 << 20)
        let lines = String(decoding: maps, as: UTF8.self).split(separator: "\n")
        let line = try #require(lines.first { $0.contains("r-xp") && $0.hasSuffix("/sleep") } ?? lines.first)
        let start = try #require(line.split(separator: "-").first.flatMap { UInt64($0, radix: 16) })
        return (0..<UInt64(count)).map { start + $0 * 4096 }
    }

    func serve() throws -> PageTalk { try PageTalk(self.memory, keeping: self) }
}

/// A conversation with a server, which works on a thread of its own.
final class PageTalk: @unchecked Sendable {
    // What the thread leaves is read after it was joined.
    private let here: FileDescriptor
    private let there: FileDescriptor
    private let process: ServedProcess
    private var frames: FrameReader
    private var thread: CompanionThread?
    private var result: Result<PostCopyResult, TransferError>?

    init(_ memory: MemoryProcess, keeping process: ServedProcess) throws {
        var numbers: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &numbers) == 0)
        self.here = FileDescriptor(rawValue: numbers[0])
        self.there = FileDescriptor(rawValue: numbers[1])
        self.process = process
        self.frames = FrameReader(DescriptorSource(numbers[0], watch: PassWatch(seconds: 30)), isFile: false)
        self.thread = try CompanionThread("server") {
            let server = PageServer(
                of: [memory], input: self.there, output: self.there, cancellation: TransferControl())
            do throws(TransferError) { self.result = .success(try server.serve()) } catch {
                self.result = .failure(error)
            }
        }
    }

    deinit {
        try? self.here.close()
        try? self.there.close()
    }

    func say(_ words: Word...) throws { try self.say(words) }

    func say(_ words: [Word]) throws {
        var writer = FrameWriter(to: self.here.rawValue, isFile: false, watch: PassWatch(seconds: 30))
        for word in words { try writer.append(word.bytes) }
        try writer.flush()
    }

    func fail() throws {
        var writer = FrameWriter(to: self.here.rawValue, isFile: false, watch: PassWatch(seconds: 30))
        try writer.abandon(TransferError(.system, operation: "the daemon was killed"))
    }

    func hangUp() { shutdown(self.here.rawValue, Int32(SHUT_WR)) }

    private var left: [UInt64] = []

    /// The address of the next page that comes.
    func nextPage() throws -> UInt64 {
        while self.left.isEmpty {
            if !self.frames.hasMore { _ = try #require(try self.frames.nextFrame()) }
            #expect(try self.frames.integer(UInt8.self) == 5)
            #expect(try self.frames.integer(UInt32.self) == 7)
            let address = try self.frames.integer(UInt64.self)
            let count = try self.frames.integer(UInt32.self)
            _ = try self.frames.bytes(Int(count) * 4096)
            self.left = (0..<UInt64(count)).map { address + $0 * 4096 }
        }
        return self.left.removeFirst()
    }

    /// How the server ended.
    var outcome: Result<PostCopyResult, TransferError> {
        get throws {
            self.thread?.join()
            self.thread = nil
            return try #require(self.result)
        }
    }
}
