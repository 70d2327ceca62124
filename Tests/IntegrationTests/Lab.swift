internal import Glibc
internal import Testing

/// tools/lab, under names and addresses of its own, so that it stands beside a lab that somebody plays with.
enum Lab {
    static let isWanted = Self.variable("VZMIGRATE_LAB") != nil
    static let id = Self.variable("VZLAB_ID") ?? "vzit"
    static let network = Self.variable("VZLAB_NET") ?? "10.79"
    static let home = Self.variable("VZLAB") ?? "/var/tmp/vzlab"
    static let repository = Self.realPath(#filePath).split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
    static let programs = "\(Self.repository)/.build/release"

    static func up() throws {
        setenv("VZLAB_ID", self.id, 1)
        setenv("VZLAB_NET", self.network, 1)
        try self.require("down")
        try self.require("up")
        try AppendStop.install()
    }

    static func down() {
        do { try self.require("down") } catch { Issue.record(error) }
    }

    /// A verb of tools/lab, run to its end.
    @discardableResult
    static func require(_ words: String...) throws -> CommandOutcome {
        let outcome = try Command.run(["\(self.repository)/tools/lab"] + words)
        guard outcome.status == 0 else {
            throw LabError("tools/lab \(words.joined(separator: " ")): \(outcome)")
        }
        return outcome
    }

    private static func realPath(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// Brings the lab up before the first test of a suite and down after the last, whatever became of them.
struct LabIsUp: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try Lab.up()
        defer { Lab.down() }
        try await function()
        // After everything that the tests did: each journal still proves that nothing of it was altered.
        for node in [Node.node1, .node2] {
            let outcome = try node.run("vzmigrate-journal", "verify")
            #expect(outcome.status == 0 && outcome.output.contains("chain intact"), "\(node): \(outcome)")
        }
    }
}

/// Every test on real servers. They share one pair of them, so they run one after the other.
@Suite(.enabled(if: Lab.isWanted, "set VZMIGRATE_LAB=1, as root, to test on a pair of servers"), .serialized, LabIsUp())
enum RealServers {}
