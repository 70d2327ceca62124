import Foundation
import HandOver
import Journal
import Testing
import TestSupport

@Suite("What a process was told is on disk stays, whatever becomes of it and of its neighbours", .serialized)
struct ProcessTests {
    static let writer = ChildProgram.built("journal-test-writer")

    /// The numbers of complete lines only: what was cut off was not acknowledged.
    static func acknowledged(_ output: String) -> [Int64] {
        output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap { Int64($0) }
    }

    @Test("Four processes at once lose nothing and leave one chain", .timeLimit(.minutes(10)))
    func concurrentWriters() throws {
        let folder = TemporaryFolder()
        let writers = (0..<4).map { _ in ChildProgram(Self.writer, folder.journal, "250") }
        let numbers = writers.flatMap { Self.acknowledged($0.restOfOutput()) }
        for writer in writers { #expect(writer.exitStatus() == 0, "\(writer.errorText())") }
        #expect(numbers.sorted().elementsEqual(2...1001))
        let reader = try JournalReader(path: folder.database)
        #expect(try reader.verify().findings == [])
        #expect(try reader.migrations().map(\.version) == [250, 250, 250, 250])
    }

    @Test("SIGKILL in the midst of appending", .timeLimit(.minutes(10)), arguments: [1, 7, 40, 133])
    func killed(after count: Int) throws {
        let folder = TemporaryFolder()
        let writer = ChildProgram(Self.writer, folder.journal, "1000000")
        let seen = (0...count).map { _ in writer.line() }
        writer.kill()
        let last = try #require((seen.compactMap { Int64($0) } + Self.acknowledged(writer.restOfOutput())).last)

        #expect(try JournalReader(path: folder.database).verify().findings == [])
        let store = try JournalStore.opened(in: folder)
        let head = try store.reader.head()
        // One more may be there than was acknowledged: committed, and killed before it could say so.
        #expect(head.sequence == last || head.sequence == last + 1)
        #expect(try store.append(.fact("planned", .random())).sequence == head.sequence + 1)
        try store.close()
        #expect(try JournalReader(path: folder.database).verify().findings == [])
    }

    @Test("One append is one fdatasync", .timeLimit(.minutes(10)))
    func syncCount() throws {
        try #require(ChildProgram.isInstalled("strace"), "strace is not here: run tools/prerequisites")
        func count(_ appends: Int) throws -> Int {
            let folder = TemporaryFolder()
            let log = "\(folder.path)/strace"
            let result = ChildProgram.run(
                "strace", "-f", "-o", log, "-e", "trace=fdatasync,fsync", Self.writer, folder.journal, "\(appends)")
            try #require(result.status == 0, "\(result.errors)")
            let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            return lines.count { $0.contains("sync(") }
        }
        #expect(try count(60) - count(10) == 50)
    }
}
