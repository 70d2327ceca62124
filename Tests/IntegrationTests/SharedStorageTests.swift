internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("On storage that both servers share nothing is copied, and the one area is never touched", StorageIsShared())
    struct SharedStorageTests {
        private static let live = ["--online", "--noiter"]

        private static func token(of container: SharedContainer) throws -> String? {
            try container.container.ask("stat")["token"]
        }

        @Test(
            "A container of every kind is handed over without a byte of it being sent", .timeLimit(.minutes(1)),
            arguments: ["yes", "no"], [true, false])
        func notOnline(removes: String, isStarted: Bool) throws {
            let container = try SharedContainer(kind: isStarted ? "counter" : "files:300", isStarted: isStarted)
            try Node.node1.shell("head -c 30000000 /dev/urandom > /vz/private/$1/rootfs/root/large", container.id)
            let before = try Self.received()
            let outcome = try Node.node1.migrate("-r", removes, "node2", container.id)
            let bytes = try Self.received() - before
            #expect(outcome.status == 0 && outcome.output.contains("on shared storage"), "\(outcome)")
            #expect(bytes < 300_000, "\(bytes) bytes came to node2")
            try container.expectAt(.node2, status: isStarted ? "running" : nil)
            #expect(try container.container.configuration(on: .node1, ".migrated").isEmpty == (removes == "yes"))
            for (node, kind) in [(Node.node1, "migration.planned"), (.node2, "migration.accepted")] {
                let row = try node.journal(of: container.id).first { $0.kind == kind }
                #expect(row?.what.contains("sharesStorage=true") == true, "\(row?.what ?? "-")")
            }
            let passes = try Node.node1.journal(of: container.id).filter { $0.kind == "tree.synced" }.map(\.what)
            #expect(passes.count == 1 && passes.allSatisfy { $0.contains("contentBytes=0 ") }, "\(passes)")
            #expect(passes.allSatisfy { $0.contains("wireBytes=0") }, "\(passes)")
        }

        @Test(
            "With its memory and its connections, there and back", .timeLimit(.minutes(1)),
            arguments: [["--noiter"], [], ["--lazy", "--noiter"]])
        func online(options: [String]) throws {
            let container = try SharedContainer(kind: "memory:16M")
            let (token, talk) = (try Self.token(of: container), try Talk(to: container.container))
            for (from, to) in [(Node.node1, Node.node2), (.node2, .node1)] {
                let words = ["vzmigrate", "--online"] + options + [to.rawValue, container.id]
                let outcome = try from.start(words).wait()
                #expect(outcome.status == 0 && outcome.output.contains(", on shared storage"), "\(outcome)")
                let isSaid = outcome.output.contains("memory does not follow, and it is online, simple")
                #expect(isSaid == options.contains("--lazy"), "\(outcome)")
                try container.expectAt(to, status: "running")
            }
            #expect(try Self.token(of: container) == token, "it was started anew")
            #expect(try container.container.ask("sum")["bad_words"] == "0")
            let report = talk.end()
            #expect(report.status == 0, "\(report)")
        }

        @Test(
            "An abort before and after the vote leaves it where it was", .timeLimit(.minutes(1)),
            arguments: ["fence.set", "frozen", "dumped", "destination.prepared"], [true, false])
        func aborted(at kind: String, isLive: Bool) throws {
            let container = try SharedContainer(kind: "memory:8M")
            let (token, talk) = (try Self.token(of: container), try Talk(to: container.container))
            let words = (isLive ? Self.live : []) + ["-r", "yes", "node2", container.id]
            let migration = try SteppedMigration(of: container.container, words)
            try migration.run(to: kind)
            migration.signal(SIGINT)
            let outcome = migration.end()
            #expect(outcome.status == 25, "\(outcome)")
            try container.expectAt(.node1, status: "running")
            if isLive {
                #expect(try Self.token(of: container) == token, "it was started anew")
                let report = talk.end()
                #expect(report.status == 0, "\(report)")
            }
            #expect(try Node.node2.journal(of: container.id).last?.kind == "aborted")
        }

        @Test(
            "Killed at every event of a live move, it is on exactly one server, as the process it was",
            .timeLimit(.minutes(1)), arguments: DeathTests.events, [AppendStop.Place.before, .after])
        func killed(at kind: String, _ place: AppendStop.Place) throws {
            let container = try SharedContainer(kind: "memory:8M")
            let (token, talk) = (try Self.token(of: container), try Talk(to: container.container))
            let words = Self.live + ["-r", "yes", "node2", container.id]
            let migration = try SteppedMigration(of: container.container, words, stopping: place)
            try migration.run(to: kind)
            #expect(migration.kill().status == 137)
            try Self.expectRecovered(container, token, talk)
        }

        /// The agent appends seven events, before and after each of which it dies.
        @Test(
            "The same where the agent is killed", .timeLimit(.minutes(1)), arguments: 1...7,
            [AppendStop.Place.before, .after])
        func agentKilled(at stop: Int, _ place: AppendStop.Place) throws {
            let container = try SharedContainer(kind: "memory:8M")
            let (token, talk) = (try Self.token(of: container), try Talk(to: container.container))
            let agent = SteppedProgram("vzmigrate-agent", on: .node2, stopping: place, of: container.container)
            try AgentWrapper.install(agent.variables)
            defer { do { try AgentWrapper.remove() } catch { Issue.record(error) } }
            let words = ["vzmigrate"] + Self.live + ["-r", "yes", "node2", container.id]
            let command = try Node.node1.start(words)
            #expect(try agent.reach(stop: stop) { command.hasEnded })
            agent.signal(SIGKILL)
            _ = command.wait()
            try Self.expectRecovered(container, token, talk)
        }

        /// What was decided has come through, else it goes on where it was: the guardian ends either.
        private static func expectRecovered(_ container: SharedContainer, _ token: String?, _ talk: Talk) throws {
            try wait(for: "both sides to come to an end") {
                let (here, there) = (try Node.node1.journal(of: container.id), try Node.node2.journal(of: container.id))
                // Before its checks are passed a migration ends with the first failure.
                let isOver =
                    here.contains { $0.kind == "checks.passed" }
                    ? ["completed", "abort.acknowledged"].contains(here.last?.kind)
                    : ["interrupted", "checkNodes.failed"].contains(here.last?.kind)
                if isOver, ["completed", "aborted", nil].contains(there.last?.kind) { return true }
                // A destination that has the container waits for the next word of its source, or for this.
                if isOver, there.last?.state == "resumed" { try Node.node2.run("vzmigrate", "--recover", container.id) }
                return false
            }
            let isMoved = try Node.node1.journal(of: container.id).contains { $0.kind == "commit.decided" }
            try container.expectAt(isMoved ? .node2 : .node1, status: "running")
            #expect(try Self.token(of: container) == token, "it was started anew")
            #expect(try container.container.ask("sum")["bad_words"] == "0")
            let report = talk.end()
            #expect(report.status == 0, "\(report)")
        }

        @Test("While it is being moved nobody starts it by hand on either server", .timeLimit(.minutes(1)))
        func fenced() throws {
            let container = try SharedContainer(kind: "memory:8M")
            let migration = try SteppedMigration(of: container.container, Self.live + ["node2", container.id])
            let outcome = try migration.walk { kind in
                if FenceTests.unfenced.contains(kind) || FenceTests.delivered.contains(kind) { return }
                for node in [Node.node1, .node2] {
                    try FenceTests.expectFenced(container.container, on: node, in: kind)
                }
            }
            #expect(outcome.status == 0, "\(outcome)")
            try container.expectAt(.node2, status: "running")
        }

        @Test(
            "Another place, another id and a copy are refused in one sentence", .timeLimit(.minutes(1)),
            arguments: [("ID::/vz/private/other", [], "keeps that place"), ("ID:9ID", [], "keeps that place")]
                + [("ID", ["--readonly"], "nothing is there to be copied")] as [(String, [String], String)])
        func refused(item: String, options: [String], words: String) throws {
            let container = try SharedContainer(kind: "counter")
            let arguments = options + ["node2", item.replacing("ID", with: container.id)]
            let outcome = try Node.node1.start(["vzmigrate"] + arguments).wait()
            #expect(outcome.status == 1 && outcome.complaints.count == 1, "\(outcome)")
            #expect(outcome.complaint.contains(words), "\(outcome)")
            try container.expectAt(.node1, status: "running")
        }

        @Test("An area that looks the same and is not seen to be is refused with 46", .timeLimit(.minutes(1)))
        func notProven() throws {
            let container = try SharedContainer(kind: "counter")
            // The same inodes, as on a copy block by block, in another directory.
            try Node.node2.shell(
                """
                mkdir /run/elsewhere; mount -t tmpfs none /run/elsewhere; mkdir /run/elsewhere/$1
                mount --bind /vz/private/$1 /run/elsewhere/$1; mount --rbind /run/elsewhere /vz/private
                """, container.id)
            let outcome: CommandOutcome
            do {
                defer {
                    _ = try? Node.node2.shell(
                        "umount -R /vz/private; umount -R /run/elsewhere; rmdir /run/elsewhere")
                }
                outcome = try Node.node1.migrate("node2", container.id)
            }
            #expect(outcome.status == 46 && outcome.complaints.count == 1, "\(outcome)")
            #expect(outcome.complaint.contains("is on other storage, or a copy of it"), "\(outcome)")
            try container.expectAt(.node1, status: "running")
        }

        @Test("A UNIX socket that a restore would replace is found before anything is done", .timeLimit(.minutes(1)))
        func socket() throws {
            let container = try SharedContainer(kind: "tcp")
            let script =
                """
                nsenter --net=/run/netns/ct$1 perl -MSocket -e '
                    chroot "/vz/private/$ARGV[0]/rootfs"; socket(S, AF_UNIX, SOCK_STREAM, 0);
                    bind(S, pack_sockaddr_un("/root/here")) or die; sleep 900' $1 < /dev/null > /dev/null 2>&1 &
                until [ -S /vz/private/$1/rootfs/root/here ]; do sleep 0.02; done
                """
            try Node.node1.shell(script, container.id)
            defer { _ = try? Node.node1.shell("kill $(pgrep -f '[p]ack_sockaddr_un')") }
            let outcome = try Node.node1.start(["vzmigrate"] + Self.live + ["node2", container.id]).wait()
            #expect(outcome.status == 73 && outcome.complaint.contains("the UNIX socket /root/here"), "\(outcome)")
            try container.expectAt(.node1, status: "running")
        }

        private static func received() throws -> Int {
            let text = try Node.node2.shell("cat /sys/class/net/eth0/statistics/rx_bytes")
            return try #require(Int(text.filter(\.isNumber)))
        }
    }
}
