internal import ArgumentParser
internal import MigrationModel
internal import Testing

@testable import MigrateCommand

@Suite("--nodeps takes all checks or some, and its value is joined to it or missing")
struct PassedChecksTests {
    private static func intention(_ words: String) throws -> Intention {
        let arguments = try PassedChecks.spelledOut(words.split(separator: " ").map(String.init))
        return try RunCommand.parse(arguments).intention()
    }

    @Test(
        "What is passed over",
        arguments: [
            ("node2 101", []), ("--nodeps=rate node2 101", [.rate]), ("-f node2 101", CheckKeyword.allCases),
            ("--nodeps node2 101", CheckKeyword.allCases), ("--nodeps=all node2 101", CheckKeyword.allCases),
            ("-sf node2 101", CheckKeyword.allCases),
            ("--nodeps=cpu_check,disk_space --nodeps=license node2 101", [.processor, .diskSpace, .licence]),
        ] as [(String, [CheckKeyword])])
    func passed(_ words: String, _ expected: [CheckKeyword]) throws {
        let intention = try Self.intention(words)
        #expect(intention.passedChecks == Set(expected))
        #expect(intention.items.count == 1 && intention.destinationText == "node2")
    }

    @Test(
        "An unknown keyword is refused with the list", arguments: ["--nodeps=warp", "--nodeps=rate,,name", "--nodeps="])
    func unknown(_ option: String) {
        let error = #expect(throws: UsageError.self) { try Self.intention("\(option) node2 101") }
        let text = error?.description ?? ""
        #expect(CheckKeyword.allCases.allSatisfy { text.contains($0.rawValue) } && text.contains("all"), "\(text)")
    }

    @Test("A trial dump is a part of a dry run of a live migration")
    func trialDump() throws {
        #expect(try Self.intention("--dry-run --online --trial-dump node2 101").rehearsal == .withTrialDump)
        #expect(try Self.intention("--dry-run node2 101").rehearsal == .plain)
        #expect(try Self.intention("node2 101").rehearsal == nil)
        for words in ["--trial-dump", "--dry-run --trial-dump", "--online --trial-dump"] {
            #expect(throws: UsageError.self) { try Self.intention("\(words) node2 101") }
        }
    }
}
