internal import ArgumentParser
internal import MigrationJournal

struct KeptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kept", abstract: "What failed migrations left here on request (--keep-dst), the oldest first.",
        discussion: """
            The next migration of the container to the same place starts from it, and then it is no longer listed.
            """)

    @OptionGroup var journal: JournalOptions

    func run() throws {
        let reader = try self.journal.open()
        do {
            try StandardOutput.write(KeptList.text(try reader.keptAreas()))
        } catch let error as JournalError { throw JournalFailure(error) }
    }
}
