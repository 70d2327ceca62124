import CSQLiteShim
import Foundation
import GRDB
@testable import Journal
import Testing
import TestSupport

@Suite("The journal is not written where a commit may be lost")
struct SettingsTests {
    let folder: TemporaryFolder

    init() throws {
        self.folder = TemporaryFolder()
        try JournalStore.opened(in: self.folder).close()
    }

    /// A connection as the store makes it, then disturbed.
    func connection(_ disturbance: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        let path = self.folder.database
        configuration.prepareDatabase { database in
            try JournalSettings.prepare(database, path: path)
            try database.execute(sql: disturbance)
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    @Test(
        "A setting that does not hold is refused by name",
        arguments: [
            ("PRAGMA synchronous = NORMAL", "synchronous"), ("PRAGMA synchronous = EXTRA", "synchronous"),
            ("PRAGMA journal_mode = DELETE", "journal_mode"), ("PRAGMA foreign_keys = OFF", "foreign_keys"),
            ("PRAGMA recursive_triggers = OFF", "recursive_triggers"), ("PRAGMA trusted_schema = ON", "trusted_schema"),
            ("PRAGMA cell_size_check = OFF", "cell_size_check"), ("PRAGMA mmap_size = 1048576", "mmap_size"),
            ("PRAGMA wal_autocheckpoint = 1000", "wal_autocheckpoint"), ("PRAGMA secure_delete = OFF", "secure_delete"),
            ("PRAGMA locking_mode = EXCLUSIVE", "locking_mode"),
        ])
    func refused(disturbance: String, setting: String) throws {
        let queue = try self.connection(disturbance)
        let error = #expect(throws: JournalError.self) {
            try queue.writeWithoutTransaction { try JournalSettings.requireInForce($0) }
        }
        guard case .settingNotInForce(let found, _, _) = error else {
            Issue.record("another error: \(error.map { "\($0)" } ?? "none")")
            return
        }
        #expect(found == setting)
    }

    @Test("GRDB's own way of turning WAL on is what the check is for")
    func grdbTurnsFullIntoNormal() throws {
        var configuration = Configuration()
        configuration.journalMode = .wal
        let path = self.folder.database
        configuration.prepareDatabase { try JournalSettings.prepare($0, path: path) }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        #expect(throws: JournalError.settingNotInForce(setting: "synchronous", wanted: "FULL", found: "1")) {
            try queue.read { try JournalSettings.requireInForce($0) }
        }
    }

    @Test("An undisturbed connection is accepted, defensive, and keeps its files")
    func accepted() throws {
        let queue = try self.connection("SELECT 1")
        try queue.writeWithoutTransaction { try JournalSettings.requireInForce($0) }
        #expect(throws: (any Error).self) {
            try queue.write { database in
                try database.execute(sql: "PRAGMA writable_schema = ON")
                try database.execute(sql: "DELETE FROM sqlite_master")
            }
        }
        try queue.close()
        #expect(FileManager.default.fileExists(atPath: self.folder.database + "-wal"))
        #expect(FileManager.default.fileExists(atPath: self.folder.database + "-shm"))
    }

    @Test("A newer schema is not written to, and is read as far as it is known")
    func newer() throws {
        let raw = try DatabaseQueue(path: self.folder.database)
        try raw.write { try $0.execute(sql: "ALTER TABLE event ADD COLUMN more TEXT; PRAGMA user_version = 2") }
        try raw.close()
        let before = try self.folder.contents()
        #expect(throws: JournalError.schemaNewer(path: self.folder.database, found: 2, known: 1)) {
            _ = try JournalStore.opened(in: self.folder)
        }
        #expect(try self.folder.contents()["journal.db"] == before["journal.db"])
        let reader = try JournalReader(path: self.folder.database)
        #expect(try reader.schemaVersion() == 2)
        #expect(try reader.entries(from: 1, count: 10).map(\.record.kind) == ["journal.created"])
        #expect(try reader.verify().findings.contains { $0.sentence.contains("number 2") })
    }

    @Test("Another program's database is not a journal, for writers nor for readers")
    func foreign() throws {
        let other = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: other.journal, withIntermediateDirectories: false)
        let raw = try DatabaseQueue(path: other.database)
        try raw.write { try $0.execute(sql: "CREATE TABLE t (x)") }
        try raw.close()
        for open in [
            { _ = try JournalStore.opened(in: other) }, { _ = try JournalReader(path: other.database) },
        ] as [() throws -> Void] {
            #expect { try open() } throws: { if case .notAJournal = $0 as? JournalError { true } else { false } }
        }
    }

    @Test("tmpfs is refused", .enabled(if: FileManager.default.fileExists(atPath: "/dev/shm")))
    func tmpfs() throws {
        let folder = TemporaryFolder(in: "/dev/shm")
        #expect { _ = try JournalStore(directory: folder.journal, toolVersion: "test") } throws: { error in
            guard case .unsuitableFileSystem(_, let kind) = error as? JournalError else { return false }
            return kind.contains("tmpfs")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.database))
    }

    @Test("The directory is made for owner and group, the files without a right for others")
    func modes() throws {
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(self.folder.journal) == 0o750)
        for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
            #expect(try mode("\(self.folder.journal)/\(name)") == 0o640, "\(name)")
        }
    }

    @Test("A lock that others hold for too long is a sentence, and nothing is written")
    func locked() throws {
        let path = JournalDirectory(path: self.folder.journal).lock
        let mine = try JournalLock(path: path, patience: .milliseconds(50))
        try mine.whileHeld { () throws(JournalError) in
            var options = JournalStore.Options()
            options.allowsVolatileFileSystem = true
            options.lockPatience = .milliseconds(50)
            #expect(throws: JournalError.locked(path: path, milliseconds: 50)) {
                _ = try JournalStore(directory: self.folder.journal, toolVersion: "test", options: options)
            }
        }
    }
}
