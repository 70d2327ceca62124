import Foundation
import HandOver
import Journal
import Testing
import TestSupport

@Suite(
    "After an append that failed, nothing more is appended", .enabled(if: TestUser.isRoot, "needs root"), .serialized)
struct FullDiskTests {
    @Test("A full disk ends the store; with room again, a new opening goes on", .timeLimit(.minutes(10)))
    func full() throws {
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.journal, withIntermediateDirectories: false)
        let mounted = ChildProgram.run("mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", folder.journal)
        try #require(mounted.status == 0, "\(mounted.errors)")
        defer { ChildProgram.run("umount", "-l", folder.journal) }

        let ballast = "\(folder.journal)/ballast"
        try Data(count: 300_000).write(to: URL(filePath: ballast))
        let store = try JournalStore.opened(in: folder)
        let migration = UniqueID.random()
        var acknowledged = 0
        let failure = #expect(throws: JournalError.self) {
            while acknowledged < 10_000 {
                try store.append(.full(migration))
                acknowledged += 1
            }
        }
        #expect(acknowledged > 0)
        guard case .databaseFailed = failure else {
            Issue.record("another error: \(failure.map { "\($0)" } ?? "none")")
            return
        }
        try FileManager.default.removeItem(atPath: ballast)
        for _ in 0..<2 {
            #expect { try store.append(.full(migration)) } throws: {
                if case .outcomeUnknown = $0 as? JournalError { true } else { false }
            }
        }
        try store.close()

        let again = try JournalStore.opened(in: folder)
        #expect(try again.reader.version(ofMigration: migration) >= Int64(acknowledged))
        try again.append(.full(migration))
        #expect(try again.reader.verify().findings == [])
        try again.close()
    }
}
