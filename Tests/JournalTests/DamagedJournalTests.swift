import Foundation
import HandOver
import Host
import Journal
import Testing
import TestSupport

@Suite("A bit that changed on the disk never changes what a recovery does")
struct DamagedJournalTests {
    /// The files of a journal with open and ended migrations of both roles, and what its recovery goes by.
    struct Sample: Sendable {
        let files: [String: Data]
        let truth: [String]

        init(closed: Bool) async throws {
            let folder = TemporaryFolder()
            let store = try JournalStore.opened(in: folder)
            try await store.live(upTo: nil)
            try await store.live(upTo: .deliverCommit)
            try await store.live(
                [.accepted(.example), .stepStarted(.prepareContainer), .prepared(.example)],
                as: DestinationMigration.self)
            try await store.live(upTo: .freezeContainer)
            self.truth = try store.recovered()
            if closed { try store.close() }
            self.files = try folder.contents().filter { !$0.key.hasSuffix("-shm") }
        }

        /// A copy on the disk.
        func laidOut() throws -> TemporaryFolder {
            let folder = TemporaryFolder()
            try FileManager.default.createDirectory(atPath: folder.journal, withIntermediateDirectories: false)
            for (name, bytes) in self.files { try bytes.write(to: URL(filePath: "\(folder.journal)/\(name)")) }
            return folder
        }
    }

    /// What became of one attempt to recover.
    enum Outcome: Hashable {
        case refused
        case same
        case other(String)
    }

    static func outcome(in folder: TemporaryFolder, _ truth: [String]) -> Outcome {
        do {
            let store = try JournalStore.opened(in: folder)
            let recovered = try store.recovered()
            return recovered == truth ? .same : .other("\(recovered)")
        } catch let error as JournalError {
            let line = error.description
            let isSentence = line.hasSuffix(".") && !line.contains("\n") && line.contains(folder.journal)
            return isSentence ? .refused : .other("no sentence that names the file: \(line)")
        } catch { return .other("not refused by the journal: \(error)") }
    }

    /// Damages one file, tries, and mends it.
    private static func attempt(
        _ damage: (inout Data) -> Void, to name: String, of sample: Sample, in folder: TemporaryFolder
    ) throws -> Outcome {
        let place = URL(filePath: "\(folder.journal)/\(name)")
        let original = try #require(sample.files[name])
        var damaged = original
        damage(&damaged)
        try damaged.write(to: place)
        let outcome = Self.outcome(in: folder, sample.truth)
        for (other, bytes) in sample.files where other != "journal.lock" {
            let left = try? Data(contentsOf: URL(filePath: "\(folder.journal)/\(other)"))
            #expect(left == (other == name ? damaged : bytes), "\(other) was written to")
            if left != bytes { try bytes.write(to: URL(filePath: "\(folder.journal)/\(other)")) }
        }
        try original.write(to: place)
        return outcome
    }

    /// One bit of each byte in `step`, another one each time; of every byte where `VZMIGRATE_EXHAUSTIVE` is set.
    private static func bits(_ count: Int, step: Int, part: Int, of parts: Int) -> [(byte: Int, bit: UInt8)] {
        let step = ProcessInfo.processInfo.environment["VZMIGRATE_EXHAUSTIVE"] == nil ? step : 1
        return stride(from: part * step, to: count, by: parts * step).map { ($0, UInt8($0 / step % 8)) }
    }

    /// On a thread of its own: other tests run at the same time, and theirs are few.
    private static func flip(_ name: String, of sample: Sample, step: Int, part: Int) async throws {
        try await runBlocking(named: "flips") { try Self.flipAll(name, of: sample, step: step, part: part) }
    }

    private static func flipAll(_ name: String, of sample: Sample, step: Int, part: Int) throws {
        let folder = try sample.laidOut()
        try #require(Self.outcome(in: folder, sample.truth) == .same)
        var counts: [Outcome: Int] = [:]
        for (byte, bit) in Self.bits(sample.files[name]?.count ?? 0, step: step, part: part, of: 2) {
            let outcome = try Self.attempt({ $0[byte] ^= 1 << bit }, to: name, of: sample, in: folder)
            counts[outcome, default: 0] += 1
            if case .other(let words) = outcome { Issue.record("bit \(bit) of byte \(byte) of \(name): \(words)") }
        }
        print("\(name), part \(part): \(counts[.refused] ?? 0) refused, \(counts[.same] ?? 0) the same")
        #expect(name == "journal.lock" || counts[.refused] ?? 0 > 0)
    }

    @Test("In the database of a journal that was closed", .timeLimit(.minutes(60)), arguments: 0..<2)
    func database(part: Int) async throws {
        try await Self.flip("journal.db", of: try await Sample(closed: true), step: 29, part: part)
    }

    @Test("In the write-ahead log that a crash left", .timeLimit(.minutes(60)), arguments: 0..<2)
    func log(part: Int) async throws {
        try await Self.flip("journal.db-wal", of: try await Sample(closed: false), step: 1999, part: part)
    }

    @Test("In what the lock file keeps", .timeLimit(.minutes(60)), arguments: 0..<2)
    func lock(part: Int) async throws {
        try await Self.flip("journal.lock", of: try await Sample(closed: true), step: 1, part: part)
    }

    @Test("A file that was cut", .timeLimit(.minutes(10)), arguments: [true, false])
    func cut(closed: Bool) async throws {
        let sample = try await Sample(closed: closed)
        let folder = try sample.laidOut()
        let name = closed ? "journal.db" : "journal.db-wal"
        let count = try #require(sample.files[name]?.count)
        let step = closed ? 512 : 2060
        for length in [0, 1, 31, 32, 99, 100, count - 1] + Array(stride(from: step, to: count, by: step)) {
            let outcome = try Self.attempt({ $0 = $0.prefix(length) }, to: name, of: sample, in: folder)
            #expect(outcome == .refused, "\(name) of \(length) bytes")
        }
    }

    @Test("What is no database, and what is no file, is refused as it stands", arguments: ["text", "link", "folder"])
    func other(kind: String) async throws {
        let sample = try await Sample(closed: true)
        let folder = try sample.laidOut()
        let aside = "\(folder.path)/aside.db"
        try FileManager.default.moveItem(atPath: folder.database, toPath: aside)
        switch kind {
        case "text": try Data("not a database, however long".utf8).write(to: URL(filePath: folder.database))
        case "link": try FileManager.default.createSymbolicLink(atPath: folder.database, withDestinationPath: aside)
        default: try FileManager.default.createDirectory(atPath: folder.database, withIntermediateDirectories: false)
        }
        #expect(Self.outcome(in: folder, sample.truth) == .refused)
        #expect(try Data(contentsOf: URL(filePath: aside)) == sample.files["journal.db"])
    }
}
