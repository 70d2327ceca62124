internal import Glibc
internal import GRDB
package import HandOver

/// Why the journal could not be opened, read or written.
package enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no journal at this path.
    case absent(path: String)

    /// A file or directory could not be made, opened or locked; the reason is the system's own, with what to do.
    case fileFailed(operation: String, path: String, reason: String)

    /// The file system cannot promise what a commit promises.
    case unsuitableFileSystem(path: String, kind: String)
    case notAJournal(path: String, reason: String)

    /// The database holds something else than was written to it.
    case damaged(path: String, finding: String)

    /// The rows of a migration are what was written, and this program cannot make a migration of them.
    case notUnderstood(path: String, migration: UniqueID, reason: String)

    /// The write-ahead log is damaged and SQLite would go on without what follows.
    case committedEventsLost(path: String, transactionCount: Int)

    /// The lock file beside the database has the head of an event that is not in it: the database was cut short, or
    /// restored from a backup, or is another one. `sequence` is that event's number.
    case historyLost(path: String, sequence: Int64)

    /// A newer program wrote the database; this one may read it and must not write to it.
    case schemaNewer(path: String, found: Int64, known: Int64)

    /// SQLite does not do what it was told to.
    case settingNotInForce(setting: String, wanted: String, found: String)

    /// Another process held the lock file for the whole time.
    case locked(path: String, milliseconds: Int64)

    /// Somebody else has gone on with the migration.
    case versionConflict(migration: UniqueID, expected: Int64, found: Int64)

    /// Refused before the database was touched: nothing was written, and the store can still be used.
    case invalidRecord(kind: String, reason: String)

    /// An earlier append failed, so what the database holds is unknown to this process until it is opened again.
    case outcomeUnknown(cause: String)
    case closed
    case databaseFailed(operation: String, path: String, code: Int32, message: String)

    /// A new process may be better off, without anybody having done anything to the journal itself: a disk was full,
    /// a file system not yet mounted, a file held by another program.
    package var mayPass: Bool {
        switch self {
        case .fileFailed, .settingNotInForce, .locked, .versionConflict, .outcomeUnknown, .databaseFailed: true
        case .absent, .unsuitableFileSystem, .notAJournal, .damaged, .notUnderstood, .committedEventsLost,
            .historyLost, .schemaNewer, .invalidRecord, .closed:
            false
        }
    }

    package var description: String {
        switch self {
        case .absent(let path):
            "There is no journal at \(path): nothing was ever migrated from or to this server, "
                + "or --db names a wrong path."
        case .fileFailed(let operation, let path, let reason):
            "Could not \(operation) \(path): \(reason)"
        case .unsuitableFileSystem(let path, let kind):
            "\(path) is on \(kind), which may lose a committed record. Put the journal on a local disk file system."
        case .notAJournal(let path, let reason):
            "\(path) is not a vzmigrate journal: \(reason). \(Self.remedy(path))"
        case .damaged(let path, let finding):
            "\(path) is damaged: \(finding) \(Self.remedy(path))"
        case .notUnderstood(let path, let migration, let reason):
            "\(path) has a migration \(migration.short) that this vzmigrate does not understand: \(reason). Use "
                + "the newer vzmigrate that wrote it."
        case .committedEventsLost(let path, let count):
            "\(path)-wal is damaged: going on would drop \(count) committed transactions. \(Self.remedy(path))"
        case .historyLost(let path, let sequence):
            "\(path) was cut short or restored from a backup: it does not contain event \(sequence), which was written "
                + "to it. \(Self.remedy(path))"
        case .schemaNewer(let path, let found, let known):
            "\(path) has schema \(found); this program knows schema \(known). Use the newer program."
        case .settingNotInForce(let setting, let wanted, let found):
            "SQLite refused \(setting)=\(wanted) and keeps \(found); the journal is not written without it."
        case .locked(let path, let milliseconds):
            "Another process held \(path) for \(milliseconds) ms. See who it is with 'fuser -v \(path)'."
        case .versionConflict(let migration, let expected, let found):
            "Migration \(migration.short) was expected at version \(expected) and is at \(found): another process "
                + "has gone on with it."
        case .invalidRecord(let kind, let reason):
            "The record '\(kind)' was not appended: \(reason)."
        case .outcomeUnknown(let cause):
            "An earlier append failed, so the journal must be read again by a new process. (\(cause))"
        case .closed:
            "The journal is closed."
        case .databaseFailed(let operation, let path, let code, let message):
            "Could not \(operation): SQLite error \(code) on \(path): \(message). \(Self.advice(code))"
        }
    }

    /// For a journal that nobody may act upon any more.
    private static func remedy(_ path: String) -> String {
        // A file that somebody else put there stays where it is.
        guard path.hasSuffix("/journal.db") else { return "It is left as it is." }
        return "Nothing is started by itself. Look on which server each container runs (vzmigrate-journal list on the "
            + "others); then move \(path)* and the journal.lock beside it away, to begin a new journal."
    }

    /// See: <https://sqlite.org/rescode.html>.
    private static func advice(_ code: Int32) -> String {
        switch code & 0xFF {
        case 13: "Make room on that disk, then run vzmigrate --recover."
        case 8, 14: "Make its directory writable for root, then run vzmigrate --recover."
        case 10: "Look at the disk (dmesg), then run vzmigrate --recover."
        default: "Run vzmigrate --recover; vzmigrate-journal verify looks at the whole journal."
        }
    }
}

extension JournalError {
    /// What GRDB or a closure within it threw, as one type.
    init(_ operation: String, in path: String, _ error: any Error) {
        switch error {
        case let error as JournalError:
            self = error
        case let error as DatabaseError:
            let message = Self.plain(error.message ?? "without a word")
            switch error.resultCode {
            case .SQLITE_CORRUPT:
                self = .damaged(
                    path: path, finding: "SQLite says '\(message)'; an error of the disk (dmesg) is to be mended first."
                )
            case .SQLITE_NOTADB: self = .notAJournal(path: path, reason: "it is no SQLite database")
            default:
                self = .databaseFailed(
                    operation: operation, path: path, code: error.extendedResultCode.rawValue, message: message)
            }
        default:
            self = .databaseFailed(operation: operation, path: path, code: -1, message: "\(error)")
        }
    }

    /// SQLite quotes what it stumbled over, which in a damaged file may be anything.
    private static func plain(_ message: String) -> String {
        String(message.unicodeScalars.prefix(200).map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) })
    }

    /// The last system call's failure, from `errno`.
    static func system(_ operation: String, _ path: String, errno: Int32) -> JournalError {
        .fileFailed(
            operation: operation, path: path,
            reason: "\(SystemError.message(errno)). \(SystemError.advice(errno))")
    }
}

/// The system's words for an `errno`, and ours for whoever has to do something about it.
enum SystemError {
    /// A sentence.
    static func advice(_ code: Int32) -> String {
        switch code {
        case EROFS: "Mount its file system for writing."
        case EACCES, EPERM: "Its owner and mode, or an attribute (lsattr), forbid it."
        case ENOSPC, EDQUOT: "Make room there."
        case ELOOP: "It is a symbolic link; put what it leads to in its place."
        case ENOTDIR, EISDIR: "Move away what has that name and is something else."
        case EIO: "Look at the disk (dmesg)."
        default: "Mend that, then run the same again."
        }
    }

    static func message(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        // The XSI variant: 0 for success, and the text in the buffer. See: 'man 3 strerror_r'.
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
