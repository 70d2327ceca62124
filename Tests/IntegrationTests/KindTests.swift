internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("A container of every kind arrives whole, and nothing stays behind but what should")
    struct KindTests {
        @Test("A stopped one stays stopped, an odd tree and all", .timeLimit(.minutes(1)))
        func stopped() throws {
            let container = try TestContainer(kind: "files:300", isStarted: false)
            let outcome = try Node.node1.migrate("node2", container.id)
            #expect(outcome.status == 0 && outcome.output.contains("is stopped on node2 (type: stopped)"), "\(outcome)")
            try Self.expectMoved(container, status: nil)
            try Self.expectSameTree(container)
            let again = try Node.node1.migrate("node2", container.id)
            #expect(again.status == 10 && again.complaint.contains("has moved it to node2"), "\(again)")
        }

        @Test("A running one is stopped, and started there; its odd tree is the same", .timeLimit(.minutes(1)))
        func restarted() throws {
            let container = try TestContainer(kind: "files:300")
            let outcome = try Node.node1.migrate("node2", container.id)
            #expect(outcome.status == 0 && outcome.output.contains("runs on node2 (type: restart"), "\(outcome)")
            try Self.expectMoved(container, status: "running")
            try Self.expectSameTree(container)
        }

        @Test("With -s it is not started there", .timeLimit(.minutes(1)))
        func notStarted() throws {
            let container = try TestContainer(kind: "counter")
            let outcome = try Node.node1.migrate("-s", "node2", container.id)
            #expect(outcome.status == 0 && outcome.output.contains("is stopped on node2"), "\(outcome)")
            try Self.expectMoved(container, status: nil)
            #expect(try Node.node2.run("runc", "run", "-d", "-b", container.area, "other").status == 0)
            try Node.node2.run("runc", "delete", "-f", "other")
        }

        @Test(
            "Online, its memory, its count and its TCP connections go on", .timeLimit(.minutes(1)),
            arguments: [
                (["--noiter"], "simple"), ([], "iterative"), (["--require-realtime"], "iterative"),
                (["--lazy", "--noiter"], "lazy"), (["--lazy"], "lazy + iterative"),
            ])
        func online(options: [String], type: String) throws {
            let container = try TestContainer(kind: "memory:64M")
            let before = try container.ask("stat")
            let talk = try Talk(to: container)
            let outcome = try Node.node1.start(["vzmigrate", "--online"] + options + ["node2", container.id]).wait()
            #expect(outcome.status == 0 && outcome.output.contains("(type: online, \(type), down for "), "\(outcome)")
            #expect(outcome.output.contains(" (predicted: ") == type.hasSuffix("iterative"), "\(outcome)")
            let after = try container.ask("stat")
            #expect(after["token"] == before["token"], "its memory is another one's")
            #expect(try #require(Int(after["n"] ?? "")) > (try #require(Int(before["n"] ?? ""))))
            #expect(try container.ask("sum")["bad_words"] == "0")
            let report = talk.end()
            #expect(report.status == 0, "\(report)")
            #expect(container.counts(on: .node2))
            try Self.expectMoved(container, status: "running")
        }

        @Test("Plain --online says which type it used", .timeLimit(.minutes(1)))
        func plainOnline() throws {
            let container = try TestContainer(kind: "files:300")
            let outcome = try Node.node1.migrate("--online", "node2", container.id)
            #expect(outcome.status == 0 && outcome.output.contains("(type: online, iterative"), "\(outcome)")
            try Self.expectMoved(container, status: "running")
            try Self.expectSameTree(container)
        }

        @Test("Rounds send what changed, and are on record with what they took", .timeLimit(.minutes(1)))
        func rounds() throws {
            let container = try TestContainer(kind: "memory:64M")
            // No prediction can be so low, so there are rounds until one gets no shorter.
            let outcome = try Node.node1.migrate("--online", "--max-downtime", "1", "node2", container.id)
            #expect(outcome.status == 0, "\(outcome)")
            let rounds = try Node.node1.journal(of: container.id).filter { $0.kind == "memory.sent" }.map(\.what)
            let sent = try rounds.map { round in
                try #require(round.firstMatch(of: /sentPages=(\d+)/).flatMap { Int($0.1) }, "\(round)")
            }
            #expect(sent.count > 2 && sent[0] > 16_384 && sent[1] < sent[0] / 4, "\(rounds)")
            #expect(rounds.allSatisfy { $0.contains("tracking=") && $0.contains("heldNanoseconds=") }, "\(rounds)")
            #expect(try container.ask("sum")["bad_words"] == "0")
            try Self.expectMoved(container, status: "running")
        }

        @Test(
            "One that is throttled to be moved has its processor time again after a roll-back", .timeLimit(.minutes(1)))
        func throttled() throws {
            let container = try TestContainer(kind: "memory:64M", isStarted: false)
            try Node.node1.shell(
                """
                sed -i 's/"4"/"20000"/' /vz/private/$1/config.json
                lab-ct-network up $1 $2; lab-ct-network plug $1 $2
                cd /vz/private/$1 && runc run -d $1 < /dev/null > /dev/null 2>&1
                """, container.id, container.address)
            let process = try container.process(on: .node1)
            let command = try Node.node1.start([
                "vzmigrate", "--online", "--auto-converge", "--max-downtime", "1", "node2", container.id,
            ])
            let limit = "/run/vzmigrate/\(container.id)/cpu-limit"
            try wait(30, for: "a throttle") {
                command.hasEnded || (try? Node.node1.run("test", "-e", limit).status) == 0
            }
            command.signal(SIGINT)
            let outcome = command.wait()
            #expect(outcome.status == 25, "\(outcome)")
            let quota = try Node.node1.shell(
                "cat /sys/fs/cgroup/cpu/vz/$1/cpu.cfs_quota_us 2> /dev/null || cat /sys/fs/cgroup/vz/$1/cpu.max",
                container.id)
            #expect(quota.hasPrefix("-1") || quota.hasPrefix("max"), "\(quota)")
            try RefusalTests.expectUntouched(container, process, nil)
        }

        @Test("With --online a stopped one moves as a stopped one, and that is said", .timeLimit(.minutes(1)))
        func onlineButStopped() throws {
            let container = try TestContainer(kind: "counter", isStarted: false)
            let outcome = try Node.node1.migrate("--online", "node2", container.id)
            #expect(outcome.status == 0 && outcome.output.contains("moved as a stopped container"), "\(outcome)")
            try Self.expectMoved(container, status: nil)
        }

        @Test("It may take a new id there", .timeLimit(.minutes(1)))
        func newID() throws {
            let container = try TestContainer(kind: "files:20")
            let new = "9\(container.id)"
            defer { try? TestContainer.remove(new, from: .node2) }
            let outcome = try Node.node1.migrate("--online", "--noiter", "node2", "\(container.id):\(new)")
            #expect(outcome.status == 0 && outcome.output.contains("as CT \(new)"), "\(outcome)")
            #expect(try Node.node2.run("runc", "state", new).output.contains("\"running\""))
            try container.expectNothingLeft(on: .node2)
            try container.expectNoTrace(on: .node1)
            #expect(try container.configuration(on: .node2).isEmpty)
            let places = ["node1:\(container.area).migrated", "node2:/vz/private/\(new)"]
            let comparison = try Command.run(["\(Lab.repository)/tools/lab", "compare"] + places)
            #expect(comparison.status == 0, "\(comparison)")
        }

        @Test("A list goes on past a failure and ends with its status", .timeLimit(.minutes(1)))
        func list() throws {
            let (first, second) = (try TestContainer(kind: "counter"), try TestContainer(kind: "counter"))
            let outcome = try Node.node1.migrate("node2", first.id, "199", second.id)
            #expect(outcome.status == 10 && outcome.complaints.count == 1, "\(outcome)")
            try Self.expectMoved(first, status: "running")
            try Self.expectMoved(second, status: "running")
        }

        static func expectMoved(_ container: TestContainer, status: String?) throws {
            #expect(try container.status(on: .node2) == status)
            try container.expectNothingLeft(on: .node2)
            try container.expectNoTrace(on: .node1)
            #expect(try !container.configuration(on: .node2).isEmpty)
            #expect(try Node.node1.journal(of: container.id).last?.kind == "completed")
            #expect(try Node.node2.journal(of: container.id).last?.kind == "completed")
        }

        static func expectSameTree(_ container: TestContainer) throws {
            let places = ["node1:\(container.area).migrated", "node2:\(container.area)"]
            let comparison = try Command.run(["\(Lab.repository)/tools/lab", "compare"] + places)
            #expect(comparison.status == 0 && comparison.output.hasPrefix("identical"), "\(comparison)")
        }
    }
}
