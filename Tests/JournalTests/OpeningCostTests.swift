import Foundation
import HandOver
import Journal
import Testing
import TestSupport

@Suite("An opening proves what is open, whatever else has gathered", .serialized)
struct OpeningCostTests {
    /// Ended migrations of twenty events each; a hundred thousand events where `VZMIGRATE_EXHAUSTIVE` is set.
    static let endedCount = ProcessInfo.processInfo.environment["VZMIGRATE_EXHAUSTIVE"] == nil ? 500 : 5000

    private static func endedMigration() -> [NewRecord] {
        let id = UniqueID.random()
        return (1...20).map { number in
            var record = NewRecord.full(id)
            record.payload = Array("{\"ended\":1}".utf8)
            record.endsMigration = number == 20
            return record
        }
    }

    /// A journal with much that has ended, and one migration that has not.
    private static func journal() async throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        let store = try JournalStore.opened(in: folder)
        for _ in 0..<Self.endedCount { try store.append(contentsOf: Self.endedMigration()) }
        try await store.live(upTo: .freezeContainer)
        try store.close()
        return folder
    }

    @Test("In milliseconds; without the lock file's word it looks at everything", .timeLimit(.minutes(10)))
    func cost() async throws {
        let folder = try await Self.journal()
        func opening() throws -> Duration {
            try ContinuousClock().measure {
                let store = try JournalStore.opened(in: folder)
                #expect(try store.recovered().count == 1)
            }
        }
        let quick = try (0..<5).map { _ in try opening() }.min() ?? .zero
        try Data().write(to: URL(filePath: "\(folder.journal)/journal.lock"))
        let whole = try opening()
        print("\(Self.endedCount * 20) events: opened and replayed in \(quick), all proven in \(whole)")
        #expect(quick < .milliseconds(100) && quick < whole)
        // The first end after that says again what is open.
        let store = try JournalStore.opened(in: folder)
        try store.append(contentsOf: Self.endedMigration())
        try store.close()
        #expect(try opening() < whole)
    }

    @Test("What is damaged in a migration that has ended is verify's to find, and stops whoever asks for it")
    func ended() throws {
        let folder = TemporaryFolder()
        let ended = Self.endedMigration()
        var store = try JournalStore.opened(in: folder)
        try store.append(contentsOf: ended)
        try store.append(.full(.random()))
        try store.close()
        var bytes = try Data(contentsOf: URL(filePath: folder.database))
        let place = try #require(bytes.range(of: Data("\"ended\":1".utf8)))
        bytes[place.lowerBound] ^= 1
        try bytes.write(to: URL(filePath: folder.database))
        store = try JournalStore.opened(in: folder)
        let id = try #require(ended.first?.migration)
        #expect { _ = try store.reader.provenEntries(ofMigration: id) } throws: {
            if case .damaged = $0 as? JournalError { true } else { false }
        }
        #expect(try !store.reader.verify().isIntact)
        try store.close()
    }
}
