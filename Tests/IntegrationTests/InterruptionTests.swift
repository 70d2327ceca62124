internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("A signal, a stranger's lock and a memory that cannot be dumped leave the container where it was")
    struct InterruptionTests {
        @Test(
            "SIGINT up to the commit: exit 25, as if nothing had been", .timeLimit(.minutes(1)),
            arguments: [
                "migration.planned", "checkNodes.intent", "openDestination.intent", "raiseFence.intent",
                "syncTree.intent",
                "tree.synced", "freezeContainer.intent", "frozen", "dumpContainer.intent", "dumped",
                "prepareDestination.intent", "destination.prepared",
            ])
        func interrupted(kind: String) throws {
            let container = try TestContainer(kind: "memory:8M")
            let process = try container.process(on: .node1)
            let talk = try Talk(to: container)
            let migration = try SteppedMigration(of: container, ["--online", "--noiter", "node2", container.id])
            try migration.run(to: kind)
            migration.signal(SIGINT)
            let outcome = migration.end()
            #expect(outcome.status == 25 && outcome.complaints.count == 1, "\(outcome)")
            let last = try Node.node1.journal(of: container.id).last
            #expect(last?.state == "rolledBack", "\(String(describing: last))")
            try RefusalTests.expectUntouched(container, process, talk)
        }

        @Test("SIGTERM after the commit changes nothing any more", .timeLimit(.minutes(1)))
        func tooLate() throws {
            let container = try TestContainer(kind: "memory:8M")
            let migration = try SteppedMigration(of: container, ["--online", "--noiter", "node2", container.id])
            try migration.run(to: "commit.decided")
            migration.signal(SIGTERM)
            let outcome = migration.end()
            #expect(outcome.status == 0, "\(outcome)")
            try KindTests.expectMoved(container, status: "running")
        }

        @Test("Stopped for the move, it is started again where it was", .timeLimit(.minutes(1)))
        func restarted() throws {
            let container = try TestContainer(kind: "counter")
            let migration = try SteppedMigration(of: container, ["node2", container.id])
            try migration.run(to: "dumped")
            #expect(try container.status(on: .node1) == nil)
            migration.signal(SIGTERM)
            let outcome = migration.end()
            #expect(outcome.status == 25, "\(outcome)")
            #expect(try container.status(on: .node1) == "running")
            #expect(container.counts(on: .node1))
            try container.expectNothingLeft(on: .node1)
            try container.expectNoTrace(on: .node2)
        }

        @Test("Another vzmigrate holds it: exit 3, and who that is", .timeLimit(.minutes(1)))
        func locked() throws {
            let container = try TestContainer(kind: "tcp")
            let first = try SteppedMigration(of: container, ["--online", "--noiter", "node2", container.id])
            try first.run(to: "tree.synced")
            let second = try Node.node1.migrate("node2", container.id)
            #expect(second.status == 3 && second.complaints.count == 1, "\(second)")
            #expect(second.complaint.contains("vzmigrate (process ") && second.complaint.contains("migrating to node2"))
            #expect(first.end().status == 0)
            try KindTests.expectMoved(container, status: "running")
        }

        @Test("CRIU cannot dump it: exit 73, why, and where CRIU's own words are", .timeLimit(.minutes(1)))
        func undumpable() throws {
            let container = try TestContainer(kind: "counter")
            // A file system that CRIU does not know, mounted inside, is seen by nobody before CRIU.
            let process = try #require(try container.process(on: .node1))
            try Node.node1.shell("nsenter -t $1 -m /bin/busybox mount -t ramfs none /tmp", process)
            let outcome = try Node.node1.migrate("--online", "--noiter", "node2", container.id)
            #expect(outcome.status == 73 && outcome.complaints.count == 1, "\(outcome)")
            let log = try #require(outcome.complaint.firstMatch(of: /\/var\/lib\/vzmigrate\/logs\/[^\s,;:)]+/)?.output)
            #expect(Node.node1.read(String(log))?.contains("Error") == true, "\(outcome)")
            try RefusalTests.expectUntouched(container, process, nil)
            try Node.node1.shell("rm -rf /var/lib/vzmigrate/logs/*")
        }

        @Test("A process that comes from outside between rounds is not left behind", .timeLimit(.minutes(1)))
        func latecomer() throws {
            let container = try TestContainer(kind: "memory:64M")
            let process = try container.process(on: .node1)
            let migration = try SteppedMigration(of: container, ["--online", "node2", container.id])
            try migration.run(to: "memory.sent")
            try Node.node1.shell("runc exec -d $1 /bin/sleep 901 < /dev/null > /dev/null 2>&1", container.id)
            let outcome = migration.end()
            #expect(outcome.status == 73 && outcome.complaint.contains("runc exec"), "\(outcome)")
            try Node.node1.shell("kill $(pgrep -f '[s]leep 901')")
            #expect(try container.ask("sum")["bad_words"] == "0")
            try RefusalTests.expectUntouched(container, process, nil)
            try Node.node1.shell("rm -rf /var/lib/vzmigrate/logs/*")
        }

        @Test("runc is killed in the middle of the restore: nothing of the copy stays", .timeLimit(.minutes(1)))
        func killedRestore() throws {
            let container = try TestContainer(kind: "memory:64M")
            let process = try container.process(on: .node1)
            let command = try Node.node1.start(["vzmigrate", "--online", "--noiter", "node2", container.id])
            let group = Node.node2.controlGroup(of: container.id)
            try wait(for: "the first of the restored processes") {
                command.hasEnded || readFile("\(group)/cgroup.procs").map { !$0.isEmpty } == true
            }
            for runtime in Node.node2.processes(named: "runc") { kill(runtime, SIGKILL) }
            let outcome = command.wait()
            #expect(outcome.status == 73, "\(outcome)")
            try RefusalTests.expectUntouched(container, process, nil)
            try Node.node2.shell("rm -rf /var/lib/vzmigrate/logs/*")
        }

        @Test("The journal tells of it in plain lines, and proves itself", .timeLimit(.minutes(1)))
        func journal() throws {
            let container = try TestContainer(kind: "idle", isStarted: false)
            #expect(try Node.node1.migrate("node2", container.id).status == 0)
            let list = try Node.node1.run("vzmigrate-journal", "list")
            #expect(list.lines.first?.hasPrefix("MIGRATION ") == true, "\(list)")
            let line = list.lines.first { $0.contains("  \(container.id) ") }
            #expect(line?.contains("source") == true && line?.contains("completed") == true, "\(list)")
            let story = try Node.node2.run("vzmigrate-journal", "show", container.id)
            #expect(story.status == 0 && story.output.contains("Role       destination, epoch 1"), "\(story)")
            let kinds = try Node.node2.journal(of: container.id).map(\.kind)
            #expect(kinds.first == "migration.accepted" && kinds.contains("prepared") && kinds.last == "completed")
            for node in [Node.node1, .node2] {
                let outcome = try node.run("vzmigrate-journal", "verify")
                #expect(outcome.status == 0 && outcome.output.contains("chain intact"), "\(outcome)")
            }
        }
    }
}
