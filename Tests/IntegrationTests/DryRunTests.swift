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
    }
}
