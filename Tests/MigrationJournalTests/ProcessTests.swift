import Foundation
import MigrationJournal
import Testing

@Suite("What a process was told is on disk stays, whatever becomes of it and of its neighbours", .serialized)
struct ProcessTests {
    static let writer = Program.built("journal-test-writer")

    /// The numbers of complete lines only: what was cut off was not acknowledged.
    static func acknowledged(_ output: Data) -> [Int64] {
        let text = String(decoding: output, as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap { Int64($0) }
    }

    @Test("Four processes at once lose nothing and leave one chain", .timeLimit(.minutes(10)))
    func concurrentWriters() throws {
        let folder = try TemporaryFolder()
        let outputs = (0..<4).map { _ in Pipe() }
        let processes = try outputs.map { try Program.start(Self.writer, [folder.journal, "250"], output: $0) }
        let numbers = outputs.flatMap { Self.acknowledged($0.fileHandleForReading.readDataToEndOfFile()) }
        for process in processes {
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
        #expect(numbers.sorted().elementsEqual(2...1001))
        let reader = try JournalReader(path: folder.database)
        #expect(try reader.verify().findings == [])
        #expect(try reader.migrations().map(\.version) == [250, 250, 250, 250])
    }

    @Test("SIGKILL in the midst of appending", .timeLimit(.minutes(10)), arguments: [1, 7, 40, 133])
    func killed(after count: Int) throws {
        let folder = try TemporaryFolder()
        let output = Pipe()
        let process = try Program.start(Self.writer, [folder.journal, "1000000"], output: output)
        var seen = Data()
        while Self.acknowledged(seen).count < count {
            seen.append(output.fileHandleForReading.availableData)
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        seen.append(output.fileHandleForReading.readDataToEndOfFile())
        let last = try #require(Self.acknowledged(seen).last)

        #expect(try JournalReader(path: folder.database).verify().findings == [])
        let store = try JournalStore.opened(in: folder)
        let head = try store.reader.head()
        // One more may be there than was acknowledged: committed, and killed before it could say so.
        #expect(head.sequence == last || head.sequence == last + 1)
        #expect(try store.append(.fact("planned", .random())).sequence == head.sequence + 1)
        try store.close()
        #expect(try JournalReader(path: folder.database).verify().findings == [])
    }

    @Test("One append is one fdatasync", .enabled(if: Program.isInstalled("/usr/bin/strace")), .timeLimit(.minutes(10)))
    func syncCount() throws {
        func count(_ appends: Int) throws -> Int {
            let folder = try TemporaryFolder()
            let log = "\(folder.path)/strace"
            let result = try Program.run(
                "/usr/bin/strace",
                ["-f", "-o", log, "-e", "trace=fdatasync,fsync", Self.writer, folder.journal, "\(appends)"])
            try #require(result.status == 0, "\(result.errors)")
            let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            return lines.count { $0.contains("sync(") }
        }
        #expect(try count(60) - count(10) == 50)
    }

    @Test(
        "A sync that fails ends the store, and reading again finds a whole chain",
        .enabled(if: Program.isInstalled("/usr/bin/strace")), .timeLimit(.minutes(10)))
    func injectedError() throws {
        let folder = try TemporaryFolder()
        let result = try Program.run(
            "/usr/bin/strace",
            [
                "-f", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=12+",
                Self.writer, folder.journal, "1000",
            ])
        #expect(result.status == 1)
        #expect(result.errors.contains("SQLite error"), "\(result.errors)")
        let last = try #require(Self.acknowledged(Data(result.output.utf8)).last)
        let reader = try JournalReader(path: folder.database)
        #expect(try reader.verify().findings == [])
        #expect(try reader.head().sequence >= last)
    }
}
