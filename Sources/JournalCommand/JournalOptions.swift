internal import ArgumentParser
internal import Glibc
internal import JournalSchema
internal import MigrationJournal

/// Which journal is meant.
struct JournalOptions: ParsableArguments {
    @Option(name: .customLong("db"), help: "The journal's database, or a copy. Nothing is altered.")
    var path = "/var/lib/vzmigrate/journal.db"

    /// Opens the journal; of a newer one says so on the standard error and goes on.
    func open() throws(JournalFailure) -> JournalReader {
        do {
            let reader = try JournalReader(path: self.path)
            let version = try reader.schemaVersion()
            if version > JournalSchema.version {
                Self.warn("The journal has schema \(version), newer than this program's: some of it may not be shown.")
            }
            return reader
        } catch { throw JournalFailure(error) }
    }

    private static func warn(_ sentence: String) {
        let bytes = Array("vzmigrate-journal: \(sentence)\n".utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
