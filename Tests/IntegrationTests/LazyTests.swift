internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("Memory that follows its container comes whole, or the container is stopped and an operator decides")
    struct LazyTests {
        /// A container that was let go on node2 while most of its memory is still on node1. vzmigrate stands still, and
        /// so does it where it needs a page.
        private static func midway() throws -> (container: TestContainer, migration: SteppedMigration) {
            let container = try TestContainer(kind: "memory:256M")
            let migration = try SteppedMigration(
                of: container, ["--online", "--lazy", "--noiter", "node2", container.id])
            try migration.run(to: "destination.confirmed")
            #expect(try container.status(on: .node2) == "running")
            return (container, migration)
        }

        private static func kill(_ program: String) throws {
            let processes = Node.node2.processes(named: "vzmigrate-agent").filter {
                (readFile("/proc/\($0)/cmdline") ?? "").split(separator: "\0").contains { $0 == program }
            }
            try #require(processes.count == 1, "\(program): \(processes)")
            processes.forEach { Glibc.kill($0, SIGKILL) }
        }

        @Test(
            "Processes that fork, execute, and move and give up memory while theirs follows find it as it was",
            .timeLimit(.minutes(1)))
        func shapes() throws {
            let container = try TestContainer(kind: "shapes")
            let file = "\(container.area)/rootfs/shapes"
            let outcome = try Node.node1.migrate("--online", "--lazy", "--noiter", "node2", container.id)
            #expect(outcome.status == 0 && outcome.output.contains(" pages followed"), "\(outcome)")
            let before = (Node.node2.read(file) ?? "").split(separator: "\n")
            try wait(for: "every actor to look at its memory") {
                let now = (Node.node2.read(file) ?? "").split(separator: "\n")
                return now.count == before.count && zip(now, before).allSatisfy { $0 != $1 }
            }
            let wrong = (Node.node2.read(file) ?? "").split(separator: "\n").filter { !$0.contains("wrong=00000000") }
            #expect(before.count > 10 && wrong.isEmpty, "\(wrong)")
        }

        @Test("A link that is cut in the midst of it is made again, and the rest goes on", .timeLimit(.minutes(1)))
        func linkCut() throws {
            let (container, migration) = try Self.midway()
            Node.node2.processes(named: "sshd-session").forEach { Glibc.kill($0, SIGKILL) }
            let outcome = migration.end()
            #expect(
                outcome.status == 0 && outcome.output.contains("the rest of its memory is sent again"), "\(outcome)")
            #expect(outcome.output.contains(" pages followed)"), "\(outcome)")
            #expect(try container.ask("sum")["bad_words"] == "0")
            try container.expectNothingLeft(on: .node2)
            try container.expectNoTrace(on: .node1)
            #expect(try Node.node2.journal(of: container.id).last?.kind == "completed")
        }

        @Test(
            "Whoever brings it is killed: nothing is zeroed, the container is stopped, and goes on where it was frozen",
            .timeLimit(.minutes(1)), arguments: ["page-daemon", "page-guard"])
        func killed(program: String) throws {
            let (container, migration) = try Self.midway()
            try Self.kill(program)
            try wait(for: "the container to be ended") { try container.status(on: .node2) != "running" }
            let outcome = migration.end()
            #expect(outcome.status == 80 && outcome.complaint.contains("--assume aborted"), "\(outcome)")
            #expect(try container.status(on: .node1) == "paused")
            let there = try Node.node2.run("vzmigrate", "--recover", container.id)
            #expect(
                there.status == 80 && there.complaint.contains("was stopped here before all of its memory"), "\(there)")
            #expect(try Node.node2.run("runc", "run", "-d", "-b", container.area, "other").status != 0)
            let words = ["vzmigrate", "--recover", container.id, "--assume", "aborted", "--because", "a test"]
            let decided = try Node.node1.start(words).wait()
            #expect(decided.status == 0 && decided.output.contains("stays here, as it was"), "\(decided)")
            #expect(try container.status(on: .node1) == "running")
            #expect(try container.ask("sum")["bad_words"] == "0")
            try container.expectNothingLeft(on: .node1)
            try container.expectNoTrace(on: .node2)
            #expect(try Node.node2.journal(of: container.id).last?.kind == "aborted")
        }

        @Test("Or it is started anew over there, on an operator's word on either side", .timeLimit(.minutes(1)))
        func startedAnew() throws {
            let (container, migration) = try Self.midway()
            try Self.kill("page-daemon")
            #expect(migration.end().status == 80)
            for node in [Node.node1, .node2] {
                let words = ["vzmigrate", "--recover", container.id, "--assume", "committed", "--because", "a test"]
                let decided = try node.start(words).wait()
                #expect(decided.status == 0, "\(decided)")
            }
            #expect(try container.status(on: .node2) == "running")
            #expect(container.counts(on: .node2))
            try container.expectNoTrace(on: .node1)
            #expect(try Node.node2.journal(of: container.id).last?.what.contains("memoryLost=true") == true)
            // With the next word between the two servers, about whatever container, each hears of the other's decision.
            let other = try TestContainer(kind: "counter", isStarted: false)
            #expect(try Node.node1.migrate("node2", other.id).status == 0)
            #expect(try Node.node2.journal(of: container.id).last?.kind == "completed")
        }

        @Test("Its source's power is lost: nothing is left to decide, and it is started anew", .timeLimit(.minutes(1)))
        func sourceGone() throws {
            let (container, migration) = try Self.midway()
            try Lab.require("down", "--keep", "node1")
            _ = migration.kill()
            #expect(try container.status(on: .node2) == "running")
            let waiting = try Node.node2.run("vzmigrate", "--recover", container.id)
            #expect(waiting.output.contains("awaits the rest of its memory"), "\(waiting)")
            try Lab.require("up", "node1")
            let recovery = try Node.node1.run("vzmigrate", "--recover")
            #expect(recovery.output.contains("the rest of its memory is lost: it was started anew"), "\(recovery)")
            #expect(container.counts(on: .node2))
            let kinds = try Node.node2.journal(of: container.id).map(\.kind)
            #expect(kinds.contains("pages.lost.for.good") && kinds.last == "completed", "\(kinds)")
            try container.expectNothingLeft(on: .node2)
        }
    }
}
