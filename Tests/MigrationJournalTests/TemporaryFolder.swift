import Foundation

/// A folder of a test's own, removed with the last reference to it.
final class TemporaryFolder: Sendable {
    let path: String

    init(in parent: String = NSTemporaryDirectory()) throws {
        self.path = URL(filePath: parent).appending(path: "vzmigrate-journal-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }

    /// Where a journal is made.
    var journal: String { "\(self.path)/journal" }
    var database: String { "\(self.journal)/journal.db" }

    /// Every file of the journal with its bytes, so that a test can tell that nothing was touched.
    func contents() throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: self.journal) {
            contents[name] = try Data(contentsOf: URL(filePath: "\(self.journal)/\(name)"))
        }
        return contents
    }

    /// Copies the journal's files, as an investigator or a crash would leave them.
    func copy(_ names: [String] = ["journal.db", "journal.db-wal", "journal.db-shm"]) throws -> TemporaryFolder {
        let copy = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: copy.journal, withIntermediateDirectories: false)
        for name in names where FileManager.default.fileExists(atPath: "\(self.journal)/\(name)") {
            try FileManager.default.copyItem(atPath: "\(self.journal)/\(name)", toPath: "\(copy.journal)/\(name)")
        }
        return copy
    }
}
