internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("A dry run says what would be done, and changes nothing")
    struct DryRunTests {
        /// Trees with all their times, configuration, journals' events, containers, devices and processes of a node.
        private static func everything(on node: Node) throws -> [String] {
            // An agent hears of the end of its session a moment after vzmigrate has ended.
            try wait(5, for: "the agents to end") { node.processes(named: "vzmigrate-agent").isEmpty }
            let words = try node.shell(
                """
                find /vz /etc/vz /var/lib/vzmigrate/migrations /var/lib/vzmigrate/areas /run/vzmigrate -printf \
                    '%p %i %m %n %U %G %s %T@ %C@\\n' 2>/dev/null | grep -v /counter | sort
                vzmigrate-journal list | sed 's/ [^ ]* s$//'
                runc list; ls /run/netns /sys/class/net
                ps -eo comm= | grep -vE '^(ps|sort|grep|sed|ls|find|bash|sshd.*|runc)$|defunct' | sort
                """)
            return words.split(separator: "\n").map(String.init)
        }

        @Test(
            "Every kind, and what is in the way", .timeLimit(.minutes(1)),
            arguments: [
                (["--nostart"], "counter", false, "type: stopped"), ([], "counter", true, "type: restart"),
                (["--online"], "tcp", true, "type: online, iterative"), (["--readonly"], "counter", true, "type: copy"),
                (["--online", "--lazy"], "tcp", true, "type: online, lazy + iterative"),
            ])
        func nothingChanges(_ options: [String], _ kind: String, _ runs: Bool, _ words: String) throws {
            let container = try TestContainer(kind: kind, isStarted: runs)
            // Whatever the first look at a server makes, the second finds.
            let first = try Node.node1.start(["vzmigrate", "--dry-run"] + options + ["node2", container.id]).wait()
            #expect(first.status == 0, "\(first)")
            let before = try [Node.node1, .node2].map(Self.everything)
            let outcome = try Node.node1.start(["vzmigrate", "--dry-run"] + options + ["node2", container.id]).wait()
            #expect(outcome.status == 0 && outcome.complaint.isEmpty && outcome.output.contains(words), "\(outcome)")
            #expect(outcome.output.contains("the dry run has passed; nothing was changed"), "\(outcome)")
            #expect(outcome.output.contains(" MB/s") && outcome.output.contains("down") || options.contains("--online"))
            for (node, before) in zip([Node.node1, .node2], before) {
                let after = try Self.everything(on: node)
                #expect(Set(after).symmetricDifference(before).sorted() == [], "changed on \(node)")
            }
            #expect(try Node.node1.journal(of: container.id).isEmpty)
            try Node.node2.shell("echo > /etc/vz/conf/$1.conf", container.id)
            let refusal = try Node.node1.start(["vzmigrate", "--dry-run"] + options + ["node2", container.id]).wait()
            #expect(refusal.status == 9 && refusal.complaint.contains("exists"), "\(refusal)")
            #expect(!refusal.output.contains("has passed"))
            try Node.node2.shell("rm /etc/vz/conf/$1.conf", container.id)
        }

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
