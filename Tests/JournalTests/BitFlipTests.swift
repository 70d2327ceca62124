import Foundation
import GRDB
import HandOver
import Journal
import Testing
import TestSupport

@Suite("A flipped bit anywhere in a closed journal is found, or changes nothing that can be read")
struct BitFlipTests {
    /// Everything that the journal says, table by table, as SQL text.
    static func everything(_ path: String) throws -> [String] {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: "file:\(path)?immutable=1", configuration: configuration)
        return try queue.read { database in
            try ["meta", "session", "event", "event_private", "sqlite_master"].flatMap { table in
                let columns = try database.columns(in: table).map { "quote(\($0.name))" }
                return try String.fetchAll(
                    database, sql: "SELECT \(columns.joined(separator: "||','||")) FROM \(table)")
            }
        }
    }

    /// Long runs of zeros are mostly room that SQLite has not used yet, three quarters of so small a file: there only
    /// every sixteenth byte is tried, unless `VZMIGRATE_EXHAUSTIVE` is set.
    static func offsets(_ bytes: Data) -> [Int] {
        if ProcessInfo.processInfo.environment["VZMIGRATE_EXHAUSTIVE"] != nil { return Array(bytes.indices) }
        return bytes.indices.filter { offset in
            let near = bytes[max(0, offset - 16)..<min(bytes.count, offset + 16)]
            return offset.isMultiple(of: 16) || near.contains { $0 != 0 }
        }
    }

    @Test("One bit of every byte", .timeLimit(.minutes(10)), arguments: 0..<4)
    func everyByte(quarter: Int) throws {
        let folder = TemporaryFolder()
        let store = try JournalStore.opened(in: folder)
        let migration = UniqueID.random()
        for index in 0..<3 { try store.append(.full(migration, kind: "step\(index)")) }
        try store.close()
        let copy = try folder.copy(["journal.db"])
        let truth = try Self.everything(copy.database)
        let original = try Data(contentsOf: URL(filePath: copy.database))
        let unused = try Self.unusedByteCount(copy.database)
        let file = try FileHandle(forUpdating: URL(filePath: copy.database))
        var silent: [Int] = []
        for offset in Self.offsets(original) where offset % 4 == quarter {
            try file.overwrite(original[offset] ^ 1 << UInt8(offset / 4 % 8), at: offset)
            if Self.passes(copy.database) {
                silent.append(offset)
                let said = try Self.everything(copy.database)
                #expect(said == truth, "byte \(offset) changed what the journal says, and verify did not see it")
            }
            try file.overwrite(original[offset], at: offset)
        }
        let after = try withExtendedLifetime(copy) { try Data(contentsOf: URL(filePath: copy.database)) }
        #expect(after == original)
        #expect(silent.filter { $0 < 100 }.allSatisfy { Self.harmlessHeaderBytes.contains($0) }, "\(silent.prefix(30))")
        #expect(silent.count <= unused + Self.harmlessHeaderBytes.count)
    }

    /// The read and write counters that SQLite keeps for itself, and the version of the library that wrote last.
    static let harmlessHeaderBytes = Set([Array(24..<28), Array(40..<44), Array(92..<100)].flatMap { $0 })

    static func passes(_ path: String) -> Bool {
        guard let reader = try? JournalReader(path: path) else { return false }
        return (try? reader.verify().isIntact) ?? false
    }

    /// What SQLite's own account calls unused in its pages, and pages on no list.
    static func unusedByteCount(_ path: String) throws -> Int {
        let queue = try DatabaseQueue(path: "file:\(path)?immutable=1")
        return try queue.read { try Int.fetchOne($0, sql: "SELECT sum(unused) FROM dbstat") } ?? 0
    }
}

extension FileHandle {
    fileprivate func overwrite(_ byte: UInt8, at offset: Int) throws {
        try self.seek(toOffset: UInt64(offset))
        try self.write(contentsOf: [byte])
    }
}
