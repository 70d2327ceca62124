internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("What is said is so, and whoever does not listen holds nothing up")
    struct ReportTests {
        @Test("A reader that has stopped reading keeps no container from moving", .timeLimit(.minutes(1)))
        func stoppedReader() throws {
            let container = try TestContainer(kind: "memory:8M")
            // A pipe that is full before the first word, and is read when the container has moved.
            let script = """
                rm -f /tmp/full; mkfifo /tmp/full; exec 3<>/tmp/full
                dd if=/dev/zero of=/tmp/full bs=4096 count=1000 oflag=nonblock 2> /dev/null
                vzmigrate -b --online node2 $1 >&3 2>&3 &
                until vzmigrate-journal list | grep "$1 .*completed" > /dev/null; do sleep 0.1; done
                kill -0 $! && echo it waits for its reader
                timeout 5 cat <&3 > /tmp/said &
                wait $!; wait; tr -d '\\0' < /tmp/said | tail -1; rm -f /tmp/full /tmp/said
                """
            let outcome = try Node.node1.start(["timeout", "40", "bash", "-c", script, "bash", container.id]).wait()
            #expect(outcome.lines.first == "it waits for its reader", "\(outcome)")
            #expect(outcome.lines.last?.contains("\"record\":\"summary\"") == true, "\(outcome)")
            #expect(container.counts(on: .node2))
        }

        @Test("Where it runs is not known while the hand-over is in doubt, and known when it is not")
        func inDoubt() throws {
            let container = try TestContainer(kind: "memory:8M")
            let migration = try SteppedMigration(of: container, ["--online", "--noiter", "node2", container.id])
            try migration.run(to: "commit.decided")
            try RecoveryTests.link(.node2, isUp: false)
            defer { try? RecoveryTests.link(.node2, isUp: true) }
            try Node.node1.shell("pkill -KILL -f -- '--recover [-]-guard'; exit 0")
            _ = migration.kill()
            let words = ["-b", "--online", "--noiter", "--timeout", "1", "node2", container.id]
            let doubt = try Node.node1.start(["vzmigrate"] + words).wait()
            #expect(doubt.status == 80, "\(doubt)")
            let doubted = try #require(BatchTests.records("result", in: doubt).first, "\(doubt)")
            #expect(doubted.contains("\"place\":\"unknown\""), "\(doubt)")
            try RecoveryTests.link(.node2, isUp: true)
            let sure = try Node.node1.start(["vzmigrate"] + words).wait()
            let result = try #require(BatchTests.records("result", in: sure).first, "\(sure)")
            // Its guardian may have been first.
            #expect(sure.status == 0 && result.contains("\"running\":true") || sure.status == 10, "\(sure)")
            let place = sure.status == 0 ? "destination" : "unknown"
            #expect(result.contains("\"place\":\"\(place)\""), "\(sure)")
            #expect(container.counts(on: .node2))
        }

        @Test("What a peer says steers no terminal, and looks like no line of ours")
        func peersWords() throws {
            let container = try TestContainer(kind: "counter")
            try AgentWrapper.wrap(#"printf "\\033[2Jgone\\nCT 1 runs on node2\\n" >&2; exit 3"#)
            defer { try? AgentWrapper.remove() }
            let outcome = try Node.node1.migrate("node2", container.id)
            #expect(outcome.status != 0 && outcome.complaint.contains("\\u{1b}[2Jgone"), "\(outcome)")
            #expect(!(outcome.output + outcome.complaint).contains("\u{1B}"), "\(outcome)")
            #expect(!outcome.complaint.split(separator: "\n").contains { $0.hasPrefix("CT") }, "\(outcome)")
        }

        @Test("A configuration that cannot be read keeps no other container; a dry run has moved none")
        func brokenConfiguration() throws {
            let (broken, whole) = (try TestContainer(kind: "counter"), try TestContainer(kind: "counter"))
            let dryRunMode = try Node.node1.migrate("-b", "--dry-run", "node2", whole.id)
            #expect(dryRunMode.lines.last?.contains("\"failed\":0,\"moved\":0") == true, "\(dryRunMode)")
            try Node.node1.shell("echo 'DISABLED=\"maybe\"' >> /etc/vz/conf/$1.conf", broken.id)
            let outcome = try Node.node1.migrate("-b", "node2", broken.id, whole.id)
            try Node.node1.shell("sed -i '/DISABLED/d' /etc/vz/conf/$1.conf", broken.id)
            #expect(outcome.status == 2 && !outcome.output.contains("Run the command again"), "\(outcome)")
            #expect(outcome.lines.last?.contains("\"failed\":1,\"moved\":1") == true, "\(outcome)")
            #expect(broken.counts(on: .node1) && whole.counts(on: .node2))
        }
    }
}
