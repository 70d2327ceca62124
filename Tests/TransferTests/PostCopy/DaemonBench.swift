import CLinux
import Glibc
import Host
import SystemPackage
import Testing
import TestSupport
import Transfer

/// A page daemon with a real guard, and pages of this very process that it brings: page n holds n + 1 all over.
final class DaemonBench: @unchecked Sendable {
    // What the thread leaves is read after it was joined; tests use it one after the other.
    let folder = TemporaryFolder()
    let directory: PagesDirectory
    private let pages: Int
    private let memory: UnsafeMutableRawPointer
    private var faults: Int32
    private var guardNumber: Int32 = -1
    private var thread: CompanionThread?
    private var isWell = false
    /// How often the container was ended.
    private(set) var endings = 0

    init(pages: Int) throws {
        self.pages = pages
        self.directory = PagesDirectory("\(self.folder.path)/following")
        self.memory = try #require(
            mmap(nil, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        // Large pages would come in one piece.
        madvise(self.memory, pages * 4096, MADV_NOHUGEPAGE)
        self.faults = vz_watch_faults(self.memory, UInt64(pages * 4096))
        try #require(self.faults >= 0, "userfaultfd: errno \(errno)")
        try DurableFile.makeDirectories(self.directory.path, mode: 0o700)
        let images = "\(self.folder.path)/images"
        try DurableFile.makeDirectories(images, mode: 0o700)
        let run = PagemapImage.Run(address: self.address(0), pageCount: UInt64(pages), place: .process)
        try DurableFile.write(
            PagemapImage(pagesID: 1, runs: [run]).bytes, to: "\(images)/\(PagemapImage.name(ofProcess: 7))")
        let daemon = Daemon(
            try PageDaemon(
                in: self.directory, images: images,
                guardProgram: HostProgram(Self.agent, ["page-guard", self.directory.path, "no-such-container"])))
        self.guardNumber = daemon.value.guardNumber
        self.thread = try CompanionThread("daemon") {
            self.isWell = daemon.value.run { self.endings += 1 }
        }
    }

    deinit {
        // Who waits for any child, as tests of exits do, finds it for ever where nobody waits for it.
        if self.guardNumber > 0 {
            kill(self.guardNumber, SIGKILL)
            waitpid(self.guardNumber, nil, 0)
        }
        // First: whoever unmaps would wait for somebody who hears of it.
        if self.faults >= 0 { close(self.faults) }
        munmap(self.memory, self.pages * 4096)
    }

    private static let agent = ChildProgram.built("vzmigrate-agent")

    func address(_ page: Int) -> UInt64 { UInt64(UInt(bitPattern: self.memory)) + UInt64(page * 4096) }
    func byte(of page: Int) -> Int { Int(self.memory.load(fromByteOffset: page * 4096 + 17, as: UInt8.self)) }

    /// Speaks as CRIU's restore does.
    func restore() throws {
        let folder = open(self.directory.path, O_RDONLY | O_DIRECTORY)
        defer { close(folder) }
        let socket = vz_connect_at(folder, PagesDirectory.restoreSocket, 1)
        try #require(socket >= 0)
        defer { close(socket) }
        var process: UInt32 = 7
        try #require(Glibc.send(socket, &process, 4, 0) == 4)
        try #require(vz_send_descriptor(socket, 0, self.faults) == 0)
        var word: UInt32 = 0x5253_5446
        try #require(Glibc.send(socket, &word, 4, 0) == 4)
    }

    func connect() throws -> ScriptedSource { try ScriptedSource(self) }

    /// Has another thread read a page.
    func read(page: Int) throws -> Reader { try Reader { self.byte(of: page) } }

    func clear(page: Int) -> Int32 { madvise(self.memory + page * 4096, 4096, MADV_DONTNEED) }
    func unmap(page: Int) -> Int32 { munmap(self.memory + page * 4096, 4096) }

    func killGuard() { kill(self.guardNumber, SIGKILL) }

    /// Waits for the daemon.
    ///
    /// - Returns: whether it ended in good order.
    func end() -> Bool {
        self.thread?.join()
        self.thread = nil
        // As a restored process has none of its own.
        close(self.faults)
        self.faults = -1
        return self.isWell
    }

    private struct Daemon: @unchecked Sendable {
        // Made here and used on the one thread.
        let value: PageDaemon

        init(_ value: PageDaemon) { self.value = value }
    }

    /// A byte that another thread reads, however long that takes.
    final class Reader: @unchecked Sendable {
        // Read after the thread was joined.
        private var thread: CompanionThread?
        private var found = -1

        init(_ read: @escaping @Sendable () -> Int) throws {
            self.thread = try CompanionThread("reader") { self.found = read() }
        }

        var byte: Int {
            self.thread?.join()
            self.thread = nil
            return self.found
        }
    }
}

/// What a source hears from the daemon, pages by number.
enum Heard: Equatable {
    case awaited(Int, Int)
    case urgent(Int)
    case served(UInt64, UInt64)
    case failed
    case end
}

/// A source of the bench's pages that does as it is told.
final class ScriptedSource {
    private let bench: DaemonBench
    private let toDaemon: (read: Int32, write: Int32)
    private let fromDaemon: (read: Int32, write: Int32)
    private var frames: FrameReader
    private var broker: CompanionThread?

    init(_ bench: DaemonBench) throws {
        self.bench = bench
        self.toDaemon = try Self.pipe()
        self.fromDaemon = try Self.pipe()
        self.frames = FrameReader(DescriptorSource(self.fromDaemon.read, watch: PassWatch(seconds: 30)), isFile: false)
        let (directory, input, output) = (bench.directory, self.toDaemon.read, self.fromDaemon.write)
        self.broker = try CompanionThread("broker") {
            _ = try? directory.serve(
                input: FileDescriptor(rawValue: input), output: FileDescriptor(rawValue: output))
            close(input)
            close(output)
        }
    }

    deinit {
        close(self.toDaemon.write)
        self.broker?.join()
        close(self.fromDaemon.read)
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        try #require(Glibc.pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    func send(page: Int) throws {
        var message = MessageBytes(5)
        message.add(UInt32(7))
        message.add(self.bench.address(page))
        message.add(UInt32(1))
        try self.send(message.bytes + [UInt8](repeating: UInt8(page + 1), count: 4096))
    }

    func send(_ message: [UInt8]) throws {
        var writer = FrameWriter(to: self.toDaemon.write, isFile: false, watch: PassWatch(seconds: 30))
        try writer.append(message)
        try writer.flush()
    }

    /// The next thing that the daemon says; `begin` is passed over.
    func next() throws -> Heard {
        while true {
            if !self.frames.hasMore {
                switch try self.frames.nextFrame() {
                case .failed: return .failed
                case nil: return .end
                case .compressed, .raw, .reply: break
                }
            }
            switch try self.frames.integer(UInt8.self) {
            case 1:
                _ = try self.frames.integer(UInt32.self)
                return try .awaited(self.page(), Int(self.frames.integer(UInt64.self)))
            case 3:
                _ = try self.frames.integer(UInt32.self)
                return try .urgent(self.page())
            case 4: return try .served(self.frames.integer(), self.frames.integer())
            default: continue
            }
        }
    }

    private func page() throws -> Int { Int((try self.frames.integer(UInt64.self) - self.bench.address(0)) / 4096) }
}
