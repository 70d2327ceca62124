internal import ArgumentParser
@testable import JournalCommand
internal import Testing
internal import TestSupport

@Suite("The manual page of vzmigrate-journal says what the program knows")
struct ManualTests {
    @Test("Every option and subcommand is in it, and no other")
    func options() throws {
        let page = try ManualPage("vzmigrate-journal.8")
        var options = HelpText.options(in: JournalCommand.helpMessage(columns: 80))
        let subcommands = JournalCommand.configuration.subcommands
        for command in subcommands {
            options.formUnion(HelpText.options(in: JournalCommand.helpMessage(for: command, columns: 80)))
        }
        #expect(page.subcommands == subcommands.map { $0._commandName })
        #expect(page.options.symmetricDifference(options) == [])
        #expect(options.isSuperset(of: ["--db", "--anchor", "--peer-db", "--private"]))
    }

    @Test("Every exit status is in it with its meaning, in order, and no other")
    func statuses() throws {
        let page = try ManualPage("vzmigrate-journal.8")
        #expect(page.items(ofSection: "EXIT STATUS") == ExitStatus.allCases.map { String($0.rawValue) })
        for status in ExitStatus.allCases {
            #expect(page.text(ofItem: "\(status.rawValue)", inSection: "EXIT STATUS") == status.meaning.asSentence)
        }
    }

    @Test("--version says which schema of a journal it writes, and nothing of a protocol")
    func version() {
        let result = ChildProgram.run(ChildProgram.built("vzmigrate-journal"), "--version")
        let form = /vzmigrate-journal \d+\.\d+\.\d+ \(journal schema \d+\)\n/
        #expect(result.output.wholeMatch(of: form) != nil, "\(result.output)")
    }
}
