internal import ArgumentParser
internal import MigrationJournal

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "One line a migration, the oldest first.")

    @OptionGroup var journal: JournalOptions

    func run() throws {
        let reader = try self.journal.open()
        do {
            try StandardOutput.write(MigrationList.text(try reader.migrations(), kept: try reader.keptAreas()))
        } catch let error as JournalError { throw JournalFailure(error) }
    }
}
