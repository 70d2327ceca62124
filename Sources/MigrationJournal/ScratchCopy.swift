internal import FoundationEssentials
internal import Glibc

/// A private copy of a database and its write-ahead log, removed with the last reference to it.
final class ScratchCopy: Sendable {
    private let directory: String

    /// Where the database's copy lies, with its `-wal` beside it.
    var database: String { "\(self.directory)/journal.db" }

    init(of path: String) throws(JournalError) {
        let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(temporary)/vzmigrate-journal.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw .system("make a directory in", temporary, errno: errno) }
        self.directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do {
            try FileManager.default.copyItem(atPath: path, toPath: "\(self.directory)/journal.db")
            try FileManager.default.copyItem(atPath: "\(path)-wal", toPath: "\(self.directory)/journal.db-wal")
        } catch {
            try? FileManager.default.removeItem(atPath: self.directory)
            throw .fileFailed(operation: "copy for reading", path: path, reason: "\(error).")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: self.directory) }
}
