internal import LabSupport
internal import Testing

/// Brings the lab up before the first test of a suite and down after the last, whatever became of them.
struct LabIsUp: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try Lab.up()
        defer { do { try Lab.down() } catch { Issue.record(error) } }
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
