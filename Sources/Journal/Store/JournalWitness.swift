internal import CSQLiteShim
internal import Glibc
internal import GRDB
internal import HandOver

/// What the lock file keeps of the journal beside it, as whoever wrote last saw it.
///
/// It is written after the database has reached the disk and is not forced there itself, so it is never ahead of a
/// whole journal: a journal that does not contain it has lost its end.
struct JournalWitness: Equatable {
    /// Written over in place, so always the same.
    static let byteCount = 160

    let journal: UniqueID
    /// Where the journal ended.
    let head: ChainHead

    /// Every event before this number is of a migration that has ended, or of none: whoever opens the journal need not
    /// prove those before acting upon the others. An older witness has a lower number, which is as true.
    let firstOpen: Int64

    init(journal: UniqueID, head: ChainHead, firstOpen: Int64) {
        self.journal = journal
        self.head = head
        self.firstOpen = firstOpen
    }

    /// `nil` for an empty file, and for one that a loss of power tore or a bad disk changed.
    init?(of descriptor: Int32) {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        guard pread(descriptor, &bytes, bytes.count, 0) == bytes.count else { return nil }
        let words = bytes.split { $0 <= 0x20 }.map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 4, let journal = UniqueID(parsing: words[0]), let head = ChainHead(parsing: words[1]),
            let firstOpen = Int64(words[2])
        else { return nil }
        self.init(journal: journal, head: head, firstOpen: firstOpen)
        guard words == self.words else { return nil }
    }

    /// A failure is not heard: an older witness sees less and says nothing wrong.
    func keep(in descriptor: Int32) {
        var bytes = Array(self.words.joined(separator: " ").utf8)
        bytes += [UInt8](repeating: 0x20, count: Self.byteCount - 1 - bytes.count) + [0x0A]
        _ = pwrite(descriptor, bytes, bytes.count, 0)
    }

    /// Whether this is a point of that journal.
    func isPart(of database: Database) throws -> Bool {
        guard try JournalIdentity.read(database)?.journal == self.journal.bytes else { return false }
        let sql = "SELECT hash FROM event WHERE seq = ?"
        let row = try Row.fetchOne(database, sql: sql, arguments: [self.head.sequence])
        return row?.bytes(0) == self.head.hash
    }

    /// The last one is eight digits of a digest of the others.
    private var words: [String] {
        let words = [self.journal.uuid, "\(self.head)", "\(self.firstOpen)"]
        let digest = ChainDigest.ofBytes(Array(words.joined(separator: " ").utf8))
        return words + [Hexadecimal.text(Array(digest.prefix(4)))]
    }
}

/// The server's own log, which this journal's anchors go to as well. See: 'man 3 syslog'.
package enum SystemLog {
    /// One line, under the name of the product.
    package static func notice(_ line: String) { vz_syslog_notice("vzmigrate", line) }
}
