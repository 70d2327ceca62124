internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("vzmigrate is killed and nobody types anything: its guardian ends what it left")
    struct GuardianTests {
        @Test("Killed when an event is on the disk", .timeLimit(.minutes(1)), arguments: DeathTests.events)
        func afterEvent(kind: String) throws {
            let container = try TestContainer(kind: "memory:8M")
            let (token, talk) = (try container.ask("stat")["token"], try Talk(to: container))
            let migration = try SteppedMigration(of: container, ["--online", "--noiter", "node2", container.id])
            try migration.run(to: kind)
            #expect(migration.kill().status == 137)
            let isDecided = DeathTests.events.drop { $0 != "commit.decided" }.contains(kind)
            let (end, home): (String, Node) = isDecided ? ("completed", .node2) : ("rolledBack", .node1)
            try wait(15, for: "the guardian to come to \(end)") { try Self.state(of: container) == end }
            #expect(try container.status(on: home) == "running")
            #expect(container.counts(on: home))
            #expect(try container.ask("stat")["token"] == token, "it was started anew")
            #expect(try container.ask("sum")["bad_words"] == "0")
            let report = talk.end()
            #expect(report.status == 0, "\(report)")
            try container.expectNothingLeft(on: home)
            try container.expectNoTrace(on: isDecided ? .node1 : .node2)
        }

        @Test("What a destination that is away has to hear is told when it is back", .timeLimit(.minutes(1)))
        func delivered() throws {
            let container = try TestContainer(kind: "memory:8M")
            let migration = try SteppedMigration(of: container, ["--online", "--noiter", "node2", container.id])
            try migration.run(to: "commit.decided")
            try RecoveryTests.link(.node2, isUp: false)
            defer { try? RecoveryTests.link(.node2, isUp: true) }
            #expect(migration.kill().status == 137)
            try wait(10, for: "the guardian to try") {
                try Node.node1.journal(of: container.id).last?.kind == "deliverCommit.intent"
            }
            #expect(try Node.node1.shell("runc state $1 | grep -c paused", container.id) == "1\n", "it was thawed")
            try RecoveryTests.link(.node2, isUp: true)
            try wait(40, for: "the guardian to be heard") { try Self.state(of: container) == "completed" }
            #expect(try container.status(on: .node2) == "running")
            #expect(container.counts(on: .node2))
            try container.expectNoTrace(on: .node1)
        }

        private static func state(of container: TestContainer) throws -> String? {
            try Node.node1.journal(of: container.id).last?.state
        }
    }
}
