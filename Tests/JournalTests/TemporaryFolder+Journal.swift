import Foundation
import TestSupport

extension TemporaryFolder {
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
        let copy = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: copy.journal, withIntermediateDirectories: false)
        for name in names where FileManager.default.fileExists(atPath: "\(self.journal)/\(name)") {
            try FileManager.default.copyItem(atPath: "\(self.journal)/\(name)", toPath: "\(copy.journal)/\(name)")
        }
        return copy
    }
}
