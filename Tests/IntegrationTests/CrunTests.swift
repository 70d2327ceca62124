internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("A container of crun moves as one of runc does, or it is said what its crun lacks")
    struct CrunTests {
        @Test("Stopped, or stopped for the move and started there", .timeLimit(.minutes(1)), arguments: [false, true])
        func withoutMemory(isStarted: Bool) throws {
            let container = try TestContainer(kind: "files:300", runtime: "crun", isStarted: isStarted)
            let outcome = try Node.node1.migrate("node2", container.id)
            #expect(outcome.status == 0, "\(outcome)")
            try KindTests.expectMoved(container, status: isStarted ? "running" : nil)
            try KindTests.expectSameTree(container)
        }

        @Test(
            "Online, its memory and its TCP connections go on, there and back", .timeLimit(.minutes(1)),
            arguments: [(["--noiter"], "simple"), ([], "iterative")])
        func online(options: [String], type: String) throws {
            let container = try TestContainer(kind: "memory:64M", runtime: "crun")
            let (before, talk) = (try container.ask("stat"), try Talk(to: container))
            for (from, to) in [(Node.node1, Node.node2), (.node2, .node1)] {
                let outcome = try from.start(["vzmigrate", "--online"] + options + ["\(to)", container.id]).wait()
                #expect(
                    outcome.status == 0 && outcome.output.contains("(type: online, \(type), down for "), "\(outcome)")
                #expect(try container.status(on: to) == "running")
                try container.expectNothingLeft(on: to)
                try container.expectNoTrace(on: from)
            }
            #expect(try container.ask("stat")["token"] == before["token"])
            #expect(try container.ask("sum") == ["pages": "16384", "bad_words": "0"])
            let report = talk.end()
            #expect(report.status == 0, "\(report)")
        }

        @Test("Online, each of its processes is in its control group and has its own memory", .timeLimit(.minutes(1)))
        func processes() throws {
            let container = try TestContainer(kind: "shapes", runtime: "crun")
            let file = "\(container.area)/rootfs/shapes"
            let outcome = try Node.node1.migrate("--online", "node2", container.id)
            #expect(outcome.status == 0, "\(outcome)")
            let before = (Node.node2.read(file) ?? "").split(separator: "\n")
            try wait(for: "every actor to look at its memory") {
                let now = (Node.node2.read(file) ?? "").split(separator: "\n")
                return now.count == before.count && zip(now, before).allSatisfy { $0 != $1 }
            }
            let wrong = (Node.node2.read(file) ?? "").split(separator: "\n").filter { !$0.contains("wrong=00000000") }
            #expect(before.count > 10 && wrong.isEmpty, "\(wrong)")
            let group = readFile("\(Node.node2.controlGroup(of: container.id))/cgroup.procs") ?? ""
            let all = Node.node2.processes(named: "lab-shapes").map { "\($0)" }
            #expect(all.count > 1 && Set(group.split(separator: "\n").map(String.init)).isSuperset(of: all), "\(group)")
            try KindTests.expectMoved(container, status: "running")
        }

        @Test("While a migration holds it, crun starts it on neither server by hand", .timeLimit(.minutes(1)))
        func fence() throws {
            let container = try TestContainer(kind: "counter", runtime: "crun")
            let migration = try SteppedMigration(of: container, ["--online", "node2", container.id])
            try migration.run(to: "fence.set")
            for (event, node) in [("tree.synced", Node.node1), ("destination.prepared", .node2)] {
                try migration.run(to: event)
                for verb in [["run", "-d"], ["create"]] {
                    let words = ["crun"] + verb + ["-b", container.area, "other"]
                    let outcome = try node.start(words).wait()
                    #expect(outcome.status != 0 && outcome.complaint.contains("vzmigrate"), "\(node): \(outcome)")
                    try node.run("crun", "delete", "-f", "other")
                }
            }
            #expect(migration.end().status == 0)
            try KindTests.expectMoved(container, status: "running")
        }

        @Test("crun is killed in the middle of the restore: nothing of the copy stays", .timeLimit(.minutes(1)))
        func killedRestore() throws {
            let container = try TestContainer(kind: "memory:64M", runtime: "crun")
            let process = try container.process(on: .node1)
            let command = try Node.node1.start(["vzmigrate", "--online", "--noiter", "node2", container.id])
            let group = Node.node2.controlGroup(of: container.id)
            try wait(for: "the first of the restored processes") {
                command.hasEnded || readFile("\(group)/cgroup.procs").map { !$0.isEmpty } == true
            }
            for runtime in Node.node2.processes(named: "crun") { kill(runtime, SIGKILL) }
            let outcome = command.wait()
            #expect(outcome.status == 73, "\(outcome)")
            try RefusalTests.expectUntouched(container, process, nil)
            try Node.node2.shell("rm -rf /var/lib/vzmigrate/logs/*")
        }

        @Test(
            "One that takes no checkpoints, on either server, and memory that would follow are refused: exit 73",
            .timeLimit(.minutes(1)), arguments: [Node.node1, .node2, nil])
        func refused(without: Node?) throws {
            let container = try TestContainer(kind: "counter", runtime: "crun")
            let process = try container.process(on: .node1)
            if let without { try Self.install(on: without) }
            defer { for node in [Node.node1, .node2] { _ = try? node.shell("rm -f /usr/local/bin/crun") } }
            let options = without == nil ? ["--lazy"] : []
            let outcome = try Node.node1.start(["vzmigrate", "--online"] + options + ["node2", container.id]).wait()
            // Memory that would follow is in the way on both.
            #expect(outcome.status == 73 && outcome.complaints.count == (without == nil ? 3 : 1), "\(outcome)")
            let words =
                without == nil
                ? "cannot leave memory behind" : "crun 1.8.1 takes no checkpoints that can be moved; crun 1.21 or later"
            #expect(outcome.complaint.contains(words), "\(outcome)")
            #expect(outcome.output.contains("given up before anything was done"), "\(outcome)")
            try RefusalTests.expectUntouched(container, process, nil)
        }

        /// What Debian 12's crun says of itself, before the one that is there.
        private static func install(on node: Node) throws {
            try node.shell(
                """
                cat > /usr/local/bin/crun << 'X' && chmod 755 /usr/local/bin/crun
                #!/bin/sh
                [ "$1" != --version ] || exec printf 'crun version 1.8.1\\n+SYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP\\n'
                exec /usr/bin/crun "$@"
                X
                """)
        }
    }
}
