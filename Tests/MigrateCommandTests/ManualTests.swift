internal import ArgumentParser
internal import HandOver
@testable import MigrateCommand
internal import Testing
internal import TestSupport

@Suite("The manual page, the completions and --help say what the program knows")
struct ManualTests {
    static var options: Set<String> { HelpText.options(in: RunCommand.helpMessage(columns: 80)) }

    @Test("Every option is in vzmigrate.8, and no other")
    func optionsOfPage() throws {
        #expect(try ManualPage("vzmigrate.8").options.symmetricDifference(Self.options) == [])
        #expect(Self.options.isSuperset(of: ["-s", "--nostart", "-r", "--remove-area", "-f", "--nodeps", "--online"]))
    }

    @Test("Every option is in the completion of bash, and no other")
    func optionsOfBash() throws {
        let words = try Completion("vzmigrate.bash").array("_vzmigrate_options")
        #expect(Set(words).symmetricDifference(Self.options) == [])
    }

    @Test("Every option is in the completion of zsh")
    func optionsOfZsh() throws {
        let text = try Completion("_vzmigrate").text
        let found = text.matches(of: /(--?[a-z][a-z-]*)[=\[,}]/).map { String($0.1) }
        #expect(Self.options.subtracting(found) == [])
    }

    @Test("Every option is in the completion of fish, and no other")
    func optionsOfFish() throws {
        var found: Set<String> = []
        for line in try Completion("vzmigrate.fish").text.split(separator: "\n") {
            guard line.contains("complete -c $command ") || line.hasPrefix("complete -c vzmigrate ") else { continue }
            let words = line.split(separator: " ")
            for (word, next) in zip(words, words.dropFirst()) {
                if word == "-s" { found.insert("-\(next)") }
                if word == "-l" { found.insert("--\(next)") }
            }
        }
        #expect(found.symmetricDifference(Self.options) == [])
    }

    @Test("Every exit status is in vzmigrate.8 with its meaning, in order, and no other")
    func statuses() throws {
        let page = try ManualPage("vzmigrate.8")
        #expect(page.items(ofSection: "EXIT STATUS") == ExitStatus.allCases.map { String($0.rawValue) })
        for status in ExitStatus.allCases {
            #expect(page.text(ofItem: "\(status.rawValue)", inSection: "EXIT STATUS") == status.meaning.asSentence)
        }
    }

    @Test("Every keyword of --nodeps is in vzmigrate.8 with what it compares, and no other")
    func keywords() throws {
        let page = try ManualPage("vzmigrate.8")
        #expect(page.items(ofSection: "CHECKS") == CheckKeyword.allCases.map { "Cm \($0.rawValue)" })
        for keyword in CheckKeyword.allCases {
            #expect(page.text(ofItem: "Cm \(keyword.rawValue)", inSection: "CHECKS") == keyword.meaning.asSentence)
        }
    }

    @Test(
        "Every keyword of --nodeps is in each completion",
        arguments: ["vzmigrate.bash", "_vzmigrate", "vzmigrate.fish"])
    func keywordsOfCompletion(_ name: String) throws {
        let words = try Completion(name).text.split { " ()\n".contains($0) }.map(String.init)
        #expect(Set(["all"] + CheckKeyword.allCases.map(\.rawValue)).subtracting(words) == [])
    }

    @Test("--help has its groups, and fits a screen")
    func help() {
        let help = RunCommand.helpMessage(columns: 80)
        let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
        for title in ["MIGRATION", "ONLINE", "CHECKS", "FAILURE AND RECOVERY", "CONNECTION", "OUTPUT"] {
            #expect(lines.contains("\(title):"))
        }
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.count <= 56, "\(lines.count) lines")
    }

    @Test("--version says what both servers have to agree on", arguments: ["vzmigrate", "vzmigrate-agent", "pmigrate"])
    func version(of program: String) {
        let result = ChildProgram.run(ChildProgram.built(program), "--version")
        #expect(result.status == 0 && result.errors.isEmpty)
        let form = /(.*) \d+\.\d+\.\d+ \(protocol \d+, journal schema \d+\)\n/
        #expect(result.output.wholeMatch(of: form)?.1 == program[...])
    }
}
