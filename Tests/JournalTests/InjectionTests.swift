import Foundation
import HandOver
import Host
import Journal
import Testing
import TestSupport

@Suite("The journal outlives a kill and a failure at each of its system calls", .serialized)
struct InjectionTests {
    /// What is injected. See: 'man 1 strace', "Tampering".
    enum Injection: String, CaseIterable, Sendable {
        case kill = "signal=KILL"
        case inputOutput = "error=EIO"
        case diskFull = "error=ENOSPC"

        /// Only what takes room on a disk can find none, and a kill before a call that changes nothing is one before
        /// the next that does.
        func fits(_ call: String) -> Bool {
            switch self {
            case .kill: !["pread64", "read", "newfstatat", "fstat", "lseek", "access", "readlink"].contains(call)
            case .inputOutput: true
            case .diskFull: ["pwrite64", "write", "ftruncate", "openat", "mkdir", "fdatasync"].contains(call)
            }
        }
    }

    /// One system call of the writer: the `number`th of its name.
    struct Point: Hashable, Sendable, CustomStringConvertible {
        let call: String
        let number: Int
        let injection: Injection

        var description: String { "\(self.call) \(self.number), \(self.injection.rawValue)" }
    }

    /// From which journal the writer goes on.
    enum Beginning: String, CaseIterable, Sendable {
        case nothing
        /// Its log was never written back.
        case crashed
    }

    static let appendCount = 2

    /// All that is said to the kernel about a file or a descriptor.
    static let calls = "trace=%desc,%file,ftruncate,flock,fsync,fdatasync,pwrite64"

    /// A folder with that beginning; also what was acknowledged there.
    private static func folder(_ beginning: Beginning) throws -> (folder: TemporaryFolder, head: Int64) {
        let folder = TemporaryFolder()
        guard beginning == .crashed else { return (folder, 0) }
        let store = try JournalStore.opened(in: folder)
        let migration = UniqueID.random()
        for _ in 0..<3 { try store.append(.full(migration)) }
        let head = try store.reader.head().sequence
        let crashed = try folder.copy(["journal.db", "journal.db-wal", "journal.lock"])
        return (crashed, head)
    }

    private static func writer(_ folder: TemporaryFolder, _ options: [String]) -> ChildProgram.Result {
        let files = ["", "/journal.db", "/journal.db-wal", "/journal.db-shm", "/journal.db-journal", "/journal.lock"]
        let paths = files.flatMap { ["-P", "\(folder.journal)\($0)"] }
        return ChildProgram.run(
            ["strace", "-f", "-qq", "-o", "\(folder.path)/strace"] + paths + options
                + [ProcessTests.writer, folder.journal, "\(Self.appendCount)"])
    }

    /// How often an undisturbed writer makes each call.
    private static func points(_ beginning: Beginning) throws -> [Point] {
        try #require(ChildProgram.isInstalled("strace"), "strace is not here: run tools/prerequisites")
        let (folder, _) = try Self.folder(beginning)
        let result = Self.writer(folder, ["-e", Self.calls])
        try #require(result.status == 0, "\(result.errors)")
        var counts: [String: Int] = [:]
        for line in try folder.read("strace").split(separator: "\n") {
            guard let word = line.split(separator: " ").dropFirst().first, let end = word.firstIndex(of: "(")
            else { continue }
            counts[String(word[..<end]), default: 0] += 1
        }
        return counts.sorted { $0.key < $1.key }.flatMap { call, count in
            Injection.allCases.filter { $0.fits(call) }.flatMap { injection in
                (1...count).map { Point(call: call, number: $0, injection: injection) }
            }
        }
    }

    @Test("At every call on its files", .timeLimit(.minutes(10)), arguments: Beginning.allCases)
    func everyCall(beginning: Beginning) async throws {
        let points = try Self.points(beginning)
        let hits = try await withThrowingTaskGroup(of: Int.self) { group in
            for lane in 0..<2 {
                // On threads of their own: other tests run at the same time, and theirs are few.
                group.addTask {
                    try await runBlocking(named: "sweep") {
                        try stride(from: lane, to: points.count, by: 2).count { try Self.sweep(points[$0], beginning) }
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        print("\(points.count) points, \(hits) of them ended the writer, beginning with \(beginning.rawValue)")
        #expect(points.count > 100 && hits > points.count / 2)
    }

    /// Whether the writer ended because of it.
    private static func sweep(_ point: Point, _ beginning: Beginning) throws -> Bool {
        let (folder, head) = try Self.folder(beginning)
        let result = Self.writer(
            folder,
            [
                "-e", "trace=\(point.call)", "-e",
                "inject=\(point.call):\(point.injection.rawValue):when=\(point.number)",
            ])
        let acknowledged = ProcessTests.acknowledged(result.output).last ?? head
        #expect(!result.output.contains("after a failure"), "\(point): it went on")
        switch point.injection {
        case .kill: #expect(result.status == 137, "\(point): \(result)")
        case .inputOutput, .diskFull:
            #expect(result.status <= 1, "\(point): \(result)")
            let sentence = result.errors.split(separator: "\n")
            #expect(result.status == 0 || sentence.count == 1, "\(point): \(result.errors)")
        }
        try Self.expectWhole(folder, after: point, acknowledged)
        return result.status != 0
    }

    /// Everything that was acknowledged is there, nothing half, and the next append works.
    private static func expectWhole(_ folder: TemporaryFolder, after point: Point, _ acknowledged: Int64) throws {
        do {
            let store = try JournalStore.opened(in: folder)
            let head = try store.reader.head().sequence
            #expect(head >= acknowledged, "\(point): \(acknowledged) was acknowledged, \(head) is there")
            #expect(head <= max(acknowledged, 1) + 1, "\(point): more is there than was asked for")
            #expect(try store.append(.fact("planned", .random())).sequence == head + 1, "\(point)")
            let result = try store.reader.verify()
            #expect(result.isIntact, "\(point): \(result.findings)")
            try store.close()
        } catch { Issue.record("\(point): \(error)") }
    }
}
