import ArgumentParser
import HandOver
@testable import MigrateCommand
import Supervisor
import Testing

@Suite("Each combination of the manual's four flags is a type, or a usage error")
struct OnlineOptionsTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let words: String
        let outcome: Outcome
        var testDescription: String { self.words.isEmpty ? "(none)" : self.words }
    }

    enum Outcome: Equatable, Sendable {
        case offline
        case type(OnlineType)
        case usage
    }

    /// All sixteen.
    static let table: [Row] = [
        Row(words: "", outcome: .offline),
        Row(words: "--lazy", outcome: .usage),
        Row(words: "--noiter", outcome: .usage),
        Row(words: "--require-realtime", outcome: .usage),
        Row(words: "--lazy --noiter", outcome: .usage),
        Row(words: "--lazy --require-realtime", outcome: .usage),
        Row(words: "--noiter --require-realtime", outcome: .usage),
        Row(words: "--lazy --noiter --require-realtime", outcome: .usage),
        Row(words: "--online", outcome: .type(.iterative)),
        Row(words: "--online --lazy", outcome: .type(.lazyIterative)),
        Row(words: "--online --noiter", outcome: .type(.simple)),
        Row(words: "--online --lazy --noiter", outcome: .type(.lazy)),
        Row(words: "--online --require-realtime", outcome: .type(.iterative)),
        Row(words: "--online --lazy --require-realtime", outcome: .type(.iterative)),
        Row(words: "--online --noiter --require-realtime", outcome: .usage),
        Row(words: "--online --lazy --noiter --require-realtime", outcome: .usage),
    ]

    @Test("Every combination", arguments: table)
    func combination(row: Row) throws {
        let command = try RunCommand.parse(row.words.split(separator: " ").map(String.init) + ["node2", "101"])
        #expect(Self.outcome(of: command) == row.outcome)
    }

    private static func outcome(of command: RunCommand) -> Outcome {
        do {
            guard let online = try command.request().online else { return .offline }
            return .type(online)
        } catch {
            return .usage
        }
    }
}

@Suite("A command line is refused at the door with one sentence")
struct UsageTests {
    @Test(
        "Refused",
        arguments: [
            ["node2"],
            ["node2", "101", "101"],
            ["node2", "101:103", "102:103"],
            ["node2", "101:102:103:104:105"],
            ["node2", "101::relative"],
            ["node2", ".."],
            ["node2", "../etc"],
            ["node2", "-r", "maybe", "101"],
            ["node2", "--readonly", "--online", "101"],
            ["node2", "--readonly", "-r", "yes", "101"],
            ["node2", "--timeout", "0", "101"],
            ["user:password@node2", "101"],
            ["-oProxyCommand=evil", "101"],
            ["node2", "--no-such-option", "101"],
            ["node2", "101", "--assume", "aborted", "--because", "it burnt down"],
        ])
    func refused(words: [String]) {
        #expect(throws: (any Error).self) { try RunCommand.parse(words).request() }
    }

    @Test("A list item has up to four fields, and an empty one is an absent one")
    func listItem() throws {
        let item = try ContainerListItem(parsing: "101::/vz/p2/101:")
        #expect(item.newContainer == nil)
        #expect(item.destinationPrivateArea == "/vz/p2/101")
        #expect(item.destinationRoot == nil)
    }

    @Test("-r wins, and absent leaves the choice to REMOVEMIGRATED")
    func removal() throws {
        #expect(try RunCommand.parse(["node2", "101"]).request().removesArea == nil)
        #expect(try RunCommand.parse(["-r", "yes", "node2", "101"]).request().removesArea == true)
        #expect(try RunCommand.parse(["--remove-area", "no", "node2", "101"]).request().removesArea == false)
    }
}

@Suite("A recovery is asked for by itself, and an operator's word needs a container and a reason")
struct RecoveryRequestTests {
    @Test(
        "Refused",
        arguments: [
            ["--recover", "../etc"],
            ["--recover", "--online", "101"],
            ["--recover", "--keep-dst", "101"],
            ["--recover", "--assume", "aborted", "--because", "it burnt down"],
            ["--recover", "101", "102", "--assume", "aborted", "--because", "it burnt down"],
            ["--recover", "101", "--assume", "aborted"],
            ["--recover", "101", "--assume", "aborted", "--because", "  "],
            ["--recover", "101", "--assume", "both", "--because", "it burnt down"],
            ["--recover", "101", "--because", "it burnt down"],
        ])
    func refused(words: [String]) {
        #expect(throws: (any Error).self) { try RunCommand.parse(words).recoveryRequest() }
    }

    @Test("Without containers it is for all, and with --assume for one")
    func accepted() throws {
        let all = try RunCommand.parse(["--recover"]).recoveryRequest()
        #expect(all.containers.isEmpty && all.decision == nil)
        let words = ["--recover", "101", "--assume", "committed", "--because", " it burnt down "]
        let one = try RunCommand.parse(words).recoveryRequest()
        #expect(one.containers.map(\.description) == ["101"])
        #expect(one.decision == OperatorDecision(.committed, because: "it burnt down"))
    }
}
