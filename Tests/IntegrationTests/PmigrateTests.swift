internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("pmigrate is vzmigrate in other words")
    struct PmigrateTests {
        @Test("A stopped container moves, under another id too", .timeLimit(.minutes(1)), arguments: [nil, "renamed"])
        func stopped(newContainer: String?) throws {
            let container = try TestContainer(kind: "files:50", isStarted: false)
            let there = newContainer ?? container.id
            defer { try? TestContainer.remove(there, from: .node2) }
            let address = "root@node2" + (newContainer.map { "/\($0)" } ?? "")
            let outcome = try Node.node1.run("pmigrate", "c", "node1/\(container.id)", "c", address, "--timeout", "20")
            #expect(outcome.status == 0 && outcome.output.contains("is stopped on root@node2"), "\(outcome)")
            #expect(Node.node2.exists("/vz/private/\(there)/config.json"))
            let archives = ["\(container.id).migrated", "\(container.id).conf.migrated"]
            #expect(try Node.node1.archives(of: container) == archives)
            try container.expectNoTrace(on: .node1)
        }

        @Test("A source that is another server is refused before anything is touched", .timeLimit(.minutes(1)))
        func refused() throws {
            let container = try TestContainer(kind: "idle", isStarted: false)
            let outcome = try Node.node1.run("pmigrate", "c", "node2/\(container.id)", "c", "node1")
            #expect(outcome.status == 1 && outcome.complaint.contains("the source must be local"), "\(outcome)")
            #expect(try Node.node1.journal(of: container.id).isEmpty)
        }

        @Test("Killed, it has vzmigrate for its guardian", .timeLimit(.minutes(1)))
        func killed() throws {
            let container = try TestContainer(kind: "counter")
            let program = SteppedProgram("pmigrate", on: .node1, stopping: .after, of: container)
            let words = ["c", container.id, "c", "node2", "--online", "--noiter", "--freeze-timeout", "600"]
            let command = try Node.node1.start(["env"] + program.variables + ["pmigrate"] + words)
            while let kind = try program.stand(orEnd: { command.hasEnded }), kind != "frozen" { program.goOn() }
            #expect(try Node.node1.journal(of: container.id).last?.kind == "frozen")
            program.signal(SIGKILL)
            #expect(command.wait().status == 137)
            try wait(15, for: "the guardian to roll it back") {
                try Node.node1.journal(of: container.id).last?.state == "rolledBack"
            }
            #expect(container.counts(on: .node1))
            try container.expectNothingLeft(on: .node1)
            try container.expectNoTrace(on: .node2)
        }
    }
}
