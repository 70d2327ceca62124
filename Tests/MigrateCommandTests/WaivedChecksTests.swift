internal import ArgumentParser
internal import HandOver
@testable import MigrateCommand
internal import Supervisor
internal import Testing

@Suite("--nodeps takes all checks or some, and its value is joined to it or missing")
struct WaivedChecksTests {
    private static func request(_ words: String) throws -> MigrationRequest {
        let arguments = try WaivedChecks.spelledOut(words.split(separator: " ").map(String.init))
        return try RunCommand.parse(arguments).request()
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
        let request = try Self.request(words)
        #expect(request.waivedChecks == Set(expected))
        #expect(request.items.count == 1 && request.destinationText == "node2")
    }

    @Test(
        "An unknown keyword is refused with the list", arguments: ["--nodeps=warp", "--nodeps=rate,,name", "--nodeps="])
    func unknown(_ option: String) {
        let error = #expect(throws: UsageError.self) { try Self.request("\(option) node2 101") }
        let text = error?.description ?? ""
        #expect(CheckKeyword.allCases.allSatisfy { text.contains($0.rawValue) } && text.contains("all"), "\(text)")
    }

    @Test("A trial dump is a part of a dry run of a live migration")
    func trialDump() throws {
        #expect(try Self.request("--dry-run --online --trial-dump node2 101").dryRunMode == .withTrialDump)
        #expect(try Self.request("--dry-run node2 101").dryRunMode == .plain)
        #expect(try Self.request("node2 101").dryRunMode == nil)
        for words in ["--trial-dump", "--dry-run --trial-dump", "--online --trial-dump"] {
            #expect(throws: UsageError.self) { try Self.request("\(words) node2 101") }
        }
    }
}
