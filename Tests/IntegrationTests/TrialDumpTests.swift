internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("A trial dump lets the container go on, and never one that a migration holds")
    struct TrialDumpTests {
        @Test("A trial dump freezes the container for a moment, and it goes on", .timeLimit(.minutes(1)))
        func trialDump() throws {
            let container = try TestContainer(kind: "memory:64M")
            let process = try container.process(on: .node1)
            let talk = try Talk(to: container)
            let outcome = try Node.node1.migrate("--dry-run", "--online", "--trial-dump", "node2", container.id)
            #expect(outcome.status == 0 && outcome.output.contains("the trial dump has succeeded"), "\(outcome)")
            #expect(outcome.output.contains("it is frozen now for about"), "\(outcome)")
            #expect(try container.process(on: .node1) == process && container.counts(on: .node1))
            #expect(try container.ask("sum")["bad_words"] == "0")
            #expect(talk.end().status == 0)
            try container.expectNothingLeft(on: .node1)
            try container.expectNoTrace(on: .node2)
        }

        @Test("What a trial dump alone can find is found, and the container goes on", .timeLimit(.minutes(1)))
        func trialDumpFails() throws {
            let container = try TestContainer(kind: "counter")
            // Of this node's programs only CRIU's dump fails.
            try Node.node1.shell(
                """
                criu=$(command -v criu); mv $criu $criu.real
                printf '#!/bin/sh\\ncase "$*" in *swrk*) exit 1;; esac\\nexec %s "$@"\\n' $criu.real > $criu
                chmod 755 $criu
                """)
            defer { _ = try? Node.node1.shell("criu=$(command -v criu); mv $criu.real $criu") }
            let outcome = try Node.node1.migrate("--dry-run", "--online", "--trial-dump", "node2", container.id)
            #expect(outcome.status == 73, "\(outcome)")
            #expect(container.counts(on: .node1))
            try container.expectNothingLeft(on: .node1)
        }

        @Test("Whoever dies in a trial dump leaves a container that goes on", .timeLimit(.minutes(1)))
        func deathInTrialDump() throws {
            let container = try TestContainer(kind: "memory:64M")
            let process = try container.process(on: .node1)
            let command = try Node.node1.start([
                "vzmigrate", "--dry-run", "--online", "--trial-dump", "node2", container.id,
            ])
            try wait(20, for: "CRIU") { !Node.node1.processes(named: "criu").isEmpty || command.hasEnded }
            let criu = Node.node1.controlGroup(of: container.id)
            try wait(20, for: "the dump") { Node.node1.isFrozen(criu) || command.hasEnded }
            #expect(!command.hasEnded, "the trial was over before it could be struck")
            Node.node1.processes(named: "vzmigrate").filter { !Node.isGuardian($0) }.forEach { kill($0, SIGKILL) }
            _ = command.wait()
            try wait(10, for: "the container to go on") { container.counts(on: .node1) }
            #expect(try container.process(on: .node1) == process)
            #expect(try container.ask("sum")["bad_words"] == "0")
            try container.expectNothingLeft(on: .node1)
        }

        @Test("One that waited while a hand-over was decided leaves the original frozen", .timeLimit(.minutes(1)))
        func outrun() throws {
            let container = try TestContainer(kind: "memory:8M")
            try AgentWrapper.installHold()
            defer { try? AgentWrapper.remove() }
            let dryRunMode = try Node.node1.start([
                "vzmigrate", "--dry-run", "--online", "--trial-dump", "node2", container.id,
            ])
            try AgentWrapper.waitUntilHeld()
            try Self.decideAndDie(container)
            try AgentWrapper.letGo()
            let outcome = dryRunMode.wait()
            #expect(outcome.status == 3 && outcome.complaint.contains("would be ended first"), "\(outcome)")
            #expect(Node.node1.isFrozen(Node.node1.controlGroup(of: container.id)))
            try Self.expectHandOver(of: container)
        }

        @Test("What an old one left behind thaws no original of a hand-over that is decided", .timeLimit(.minutes(1)))
        func staleMark() throws {
            let container = try TestContainer(kind: "memory:8M")
            try Self.decideAndDie(container)
            try RecoveryTests.link(.node2, isUp: false)
            defer { try? RecoveryTests.link(.node2, isUp: true) }
            try Node.node1.shell("mkdir -p /run/vzmigrate/$1; : > /run/vzmigrate/$1/trial", container.id)
            let outcome = try Node.node1.migrate("--recover", container.id, "--timeout", "2")
            #expect(outcome.status != 0 && !outcome.output.contains("trial"), "\(outcome)")
            #expect(Node.node1.isFrozen(Node.node1.controlGroup(of: container.id)))
            try RecoveryTests.link(.node2, isUp: true)
            try Self.expectHandOver(of: container)
        }

        /// A migration that is decided and not delivered, with nobody at work on it.
        private static func decideAndDie(_ container: TestContainer) throws {
            let migration = try SteppedMigration(of: container, ["--online", "--noiter", "node2", container.id])
            try migration.run(to: "commit.decided")
            try Node.node1.shell("pkill -KILL -f -- '--recover [-]-guard'; exit 0")
            _ = migration.kill()
        }

        private static func expectHandOver(of container: TestContainer) throws {
            let outcome = try Node.node1.migrate("--recover", container.id)
            #expect(outcome.status == 0, "\(outcome)")
            #expect(try container.status(on: .node1) == nil)
            #expect(container.counts(on: .node2))
            #expect(try container.ask("sum")["bad_words"] == "0")
            try container.expectNothingLeft(on: .node2)
        }
    }
}

extension Node {
    /// Whether the tasks of a control group are frozen, or are being frozen.
    fileprivate func isFrozen(_ group: String) -> Bool {
        let state = readFile("\(group)/freezer.state") ?? readFile("\(group)/cgroup.freeze") ?? ""
        return state.hasPrefix("FR") || state.hasPrefix("1")
    }

    fileprivate static func isGuardian(_ process: pid_t) -> Bool {
        (readFile("/proc/\(process)/cmdline") ?? "").contains("--guard")
    }
}
