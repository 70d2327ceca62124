internal import ArgumentParser
internal import MigrationJournal

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "What happened in one migration, one line an event.",
        discussion: """
            Under OP, "1>" is the intent and "<1" its outcome; "1?" is an intent whose outcome was never recorded.
            """)

    @OptionGroup var journal: JournalOptions

    @Flag(name: .customLong("private"), help: "Also show addresses, paths and command lines.")
    var showsPrivate = false

    @Argument(help: "The beginning of a migration's id, or a container's id for its latest migration.")
    var migration: String

    func run() throws {
        let reader = try self.journal.open()
        do {
            let summary = try self.choose(try reader.migrations(named: self.migration))
            let entries = try reader.entries(ofMigration: summary.migration)
            try StandardOutput.write(MigrationStory(summary, entries, showsPrivate: self.showsPrivate).text)
        } catch let error as JournalError { throw JournalFailure(error) }
    }

    private func choose(_ candidates: [MigrationSummary]) throws(JournalFailure) -> MigrationSummary {
        guard let first = candidates.first else {
            throw JournalFailure(.notFound, "There is no migration '\(self.migration)'. 'list' shows what there is.")
        }
        guard candidates.count == 1 else {
            let names = candidates.map(\.migration.description).joined(separator: ", ")
            throw JournalFailure(.usage, "'\(self.migration)' may mean any of \(names). Type more of it.")
        }
        return first
    }
}
