internal import Glibc
internal import MigrationJournal
internal import Synchronization

/// What people read: the course of things and the outcome on standard output, complaints on standard error.
enum Output {
    /// Set in a process that nobody looks at: then everything goes there.
    static let speaksToSystemLog = Atomic<Bool>(false)

    static func tell(_ line: String) { self.write(line, to: STDOUT_FILENO) }

    static func complain(_ sentence: String) { self.write("vzmigrate: \(sentence)", to: STDERR_FILENO) }

    /// Nobody is left to hear that nobody listens, so a failed write is not reported.
    private static func write(_ line: String, to descriptor: Int32) {
        if self.speaksToSystemLog.load(ordering: .relaxed) { return SystemLog.notice(line) }
        let bytes = Array((line + "\n").utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }
}
