internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("What the destination lacks is found before anything is done, and --nodeps passes over it")
    struct CheckTests {
        /// One thing that is in the way of any container, by the keyword that passes over it.
        struct Case: Sendable, CustomTestStringConvertible {
            let keyword: String
            let status: Int32
            /// What the sentence has to contain.
            let words: String
            /// Scripts of bash; `$1` is the container, `$2` its address.
            let breaking: (node: Node, script: String)
            let mending: (node: Node, script: String)

            var testDescription: String { self.keyword }

            init(
                _ keyword: String, _ status: Int32, _ words: String, on node: Node = .node2, breaking: String,
                mending: String
            ) {
                (self.keyword, self.status, self.words) = (keyword, status, words)
                (self.breaking, self.mending) = ((node, breaking), (node, mending))
            }

            /// One line more in the container's configuration, which goes away with the container.
            init(_ keyword: String, _ status: Int32, _ words: String, line: String) {
                self.init(
                    keyword, status, words, on: .node1, breaking: "echo '\(line)' >> /etc/vz/conf/$1.conf", mending: ":"
                )
            }
        }

        private static func vzConf(_ line: String) -> String {
            "cp /etc/vz/vz.conf /vz/dump/vz.conf; echo '\(line)' >> /etc/vz/vz.conf"
        }
        private static let oldVZConf = "cp /vz/dump/vz.conf /etc/vz/vz.conf"

        static let cases = [
            Case(
                "disk_space", 31, "room for the private area", breaking: "mount -t tmpfs -o size=1m none /vz/private",
                mending: "umount /vz/private"),
            Case("technologies", 32, "no ia64 there", line: "TECHNOLOGIES=\"nptl ia64\""),
            Case("technologies", 32, ".conf:", line: "TECHNOLOGIES=\"warp_drive\""),
            Case("templates", 11, "no mc-lab there", line: "TEMPLATES=\"mc-lab\""),
            Case(
                "templates", 11, "/vz/template", breaking: "mv /vz/template /vz/dump/; echo > /vz/template",
                mending: "rm /vz/template; mv /vz/dump/template /vz/template"),
            Case(
                "license", 30, "expired on 2020-01-31",
                breaking: "printf 'STATUS=active\\nEXPIRES=2020-01-31\\n' > /vz/dump/licence; "
                    + vzConf("LICENSE_FILE=/vz/dump/licence"), mending: oldVZConf),
            Case(
                "license", 30, "/vz/dump/licence:1",
                breaking: "echo 'STATUS=\"' > /vz/dump/licence; " + vzConf("LICENSE_FILE=/vz/dump/licence"),
                mending: oldVZConf),
            Case("rate", 33, ".conf:", line: "RATE=\"as fast as can be\""),
            Case("ip", 12, "10.1.2.3", breaking: "echo IP_ADDRESS=10.1.2.3 > /etc/vz/conf/888.conf", mending: ":"),
            Case(
                "name", 45, "CT 888 has it", breaking: "echo NAME=ct$1 > /etc/vz/conf/888.conf",
                mending: "rm /etc/vz/conf/888.conf"),
            Case("bindmount", 36, "no /srv/elsewhere there", line: "BINDMOUNT=\"/srv/elsewhere:/mnt\""),
            Case(
                "scripts", 13, ".mount here", on: .node1, breaking: "touch /etc/vz/conf/$1.mount",
                mending: "rm -f /etc/vz/conf/$1.mount"),
        ]

        @Test("Refused, or passed over and not started", .timeLimit(.minutes(1)), arguments: Self.cases)
        func refused(_ row: Case) throws {
            let container = try TestContainer(kind: "counter")
            if row.keyword == "ip" {
                try Node.node1.shell("echo IP_ADDRESS=10.1.2.3/24 >> /etc/vz/conf/$1.conf", container.id)
            }
            try row.breaking.node.shell(row.breaking.script, container.id)
            defer {
                _ = try? row.mending.node.shell(row.mending.script, container.id)
                _ = try? Node.node2.shell("rm -f /etc/vz/conf/888.conf")
            }
            let others = CheckTests.keywords.filter { $0 != row.keyword }.joined(separator: ",")
            for options in [[], ["--nodeps=\(others)"]] {
                let process = try container.process(on: .node1)
                let outcome = try Node.node1.start(["vzmigrate"] + options + ["node2", container.id]).wait()
                #expect(outcome.status == row.status, "\(outcome)")
                #expect(outcome.complaints.count == 1 && outcome.complaint.contains(row.words), "\(outcome)")
                #expect(outcome.complaint.contains("(--nodeps=\(row.keyword) passes over it)"), "\(outcome)")
                #expect(try container.process(on: .node1) == process && container.counts(on: .node1))
            }
            // A file system of one mebibyte takes nothing, whatever is passed over.
            guard row.keyword != "disk_space" else { return }
            let outcome = try Node.node1.migrate("--nodeps=\(row.keyword)", "node2", container.id)
            #expect(outcome.status == 0 && outcome.output.contains("is stopped on node2"), "\(outcome)")
            #expect(outcome.output.contains("not started at the destination"), "\(outcome)")
            #expect(outcome.output.contains("failed and passed over: \(row.keyword)"), "\(outcome)")
            #expect(outcome.output.contains("runc run -d \(container.id)"), "\(outcome)")
            #expect(try container.status(on: .node2) == nil)
            let passed = try Node.node1.journal(of: container.id).first { $0.kind == "checks.passed" }
            #expect(passed?.what.contains(row.keyword) == true, "\(String(describing: passed))")
        }

        private static let keywords = [
            "cpu_check", "disk_space", "technologies", "license", "rate", "templates", "ip", "name", "bindmount",
            "scripts", "clock", "criu_version",
        ]

        @Test("All that is in the way is told at once; online, with -f, it goes on running", .timeLimit(.minutes(1)))
        func allAtOnce() throws {
            let container = try TestContainer(kind: "memory:64M")
            try Node.node1.shell(
                "printf 'TECHNOLOGIES=ia64\\nTEMPLATES=mc-lab\\n' >> /etc/vz/conf/$1.conf; touch /etc/vz/conf/$1.start",
                container.id)
            defer { _ = try? Node.node1.shell("rm -f /etc/vz/conf/$1.start", container.id) }
            let refusal = try Node.node1.migrate("--online", "node2", container.id)
            #expect(refusal.status == 32 && refusal.complaints.count == 4, "\(refusal)")
            #expect(refusal.complaint.contains("3 checks failed:"), "\(refusal)")
            let outcome = try Node.node1.migrate("--online", "-f", "node2", container.id)
            #expect(outcome.status == 0 && outcome.output.contains("runs on node2"), "\(outcome)")
            #expect(outcome.output.contains("failed and passed over: scripts technologies templates"), "\(outcome)")
            #expect(try container.ask("sum")["bad_words"] == "0")
        }

        @Test("Whoever answers for its address on the bridge there has it", .timeLimit(.minutes(1)))
        func neighbour() throws {
            let container = try TestContainer(kind: "tcp")
            // Its own answer over the bridges does not count.
            let dryRunMode = try Node.node1.migrate("--dry-run", "--online", "node2", container.id)
            #expect(dryRunMode.status == 0, "\(dryRunMode)")
            try Node.node2.shell(
                """
                ip netns add stranger
                ip link add s0 type veth peer name s1
                ip link set s1 netns stranger address 02:00:00:00:77:77
                ip link set s0 master vzbr0 up
                ip -n stranger addr add "$1/24" dev s1
                ip -n stranger link set s1 up
                """, container.address)
            defer { _ = try? Node.node2.shell("ip netns del stranger; ip link del s0; :") }
            let outcome = try Node.node1.migrate("--dry-run", "--online", "node2", container.id)
            #expect(outcome.status == 12, "\(outcome)")
            #expect(outcome.complaint.contains("02:00:00:00:77:77 on vzbr0 has it"), "\(outcome)")
        }

        @Test("The destination's own address is taken", .timeLimit(.minutes(1)), arguments: [[], ["--online"]])
        func serversAddress(options: [String]) throws {
            let container = try TestContainer(kind: "tcp")
            let address = "\(Lab.network).0.2"
            let words = "sed -i \"s|^IP_ADDRESS=.*|IP_ADDRESS='$2/16'|\" /etc/vz/conf/$1.conf"
            try Node.node1.shell(words, container.id, address)
            let outcome = try Node.node1.start(["vzmigrate"] + options + ["node2", container.id]).wait()
            #expect(outcome.status == 12 && outcome.complaint.contains("this server's vzbr0 has it"), "\(outcome)")
        }

        @Test("A CRIU that cannot describe the processor is one finding", .timeLimit(.minutes(1)))
        func processorUnknown() throws {
            let container = try TestContainer(kind: "counter")
            try Node.node1.shell(
                """
                criu=$(command -v criu); mv $criu $criu.real
                printf '#!/bin/sh\\ncase "$*" in *cpuinfo*) exit 1;; esac\\nexec %s "$@"\\n' $criu.real > $criu
                chmod 755 $criu
                echo TEMPLATES=mc-lab >> /etc/vz/conf/$1.conf
                """, container.id)
            defer { _ = try? Node.node1.shell("criu=$(command -v criu); mv $criu.real $criu") }
            let outcome = try Node.node1.migrate("--dry-run", "--online", "node2", container.id)
            #expect(outcome.status == 56 && outcome.complaint.contains("2 checks failed"), "\(outcome)")
            let passed = try Node.node1.migrate("--dry-run", "--online", "--nodeps=cpu_check", "node2", container.id)
            #expect(passed.status == 11, "\(passed)")
        }

        @Test("One that was killed by hand, and whose network still answers, moves", .timeLimit(.minutes(1)))
        func leftNetwork() throws {
            let container = try TestContainer(kind: "tcp")
            try Node.node1.shell(
                "runc kill $1 KILL; while runc state $1 | grep -q running; do sleep 0.05; done; runc delete $1",
                container.id)
            let outcome = try Node.node1.migrate("node2", container.id)
            #expect(outcome.status == 0, "\(outcome)")
            #expect(try Node.node1.run("test", "-e", "/run/netns/ct\(container.id)").status == 1)
        }

        @Test("RATE counts where traffic is shaped", .timeLimit(.minutes(1)))
        func rate() throws {
            let container = try TestContainer(kind: "counter", isStarted: false)
            try Node.node1.shell("echo 'RATE=\"eth7:1:1000 *:2:500\"' >> /etc/vz/conf/$1.conf", container.id)
            try Node.node2.shell(Self.vzConf("TRAFFIC_SHAPING=yes"))
            try Node.node2.shell("echo '1 0.0.0.0/0' > /etc/vz/conf/networks_classes")
            defer { _ = try? Node.node2.shell("rm -f /etc/vz/conf/networks_classes; \(Self.oldVZConf)") }
            let outcome = try Node.node1.migrate("node2", container.id)
            #expect(outcome.status == 33 && outcome.complaint.contains("the device eth7"), "\(outcome)")
            #expect(outcome.complaint.contains("the network class 2 of RATE"), "\(outcome)")
            try Node.node2.shell("echo nonsense >> /etc/vz/conf/networks_classes")
            let malformed = try Node.node1.migrate("node2", container.id)
            #expect(malformed.status == 33 && malformed.complaint.contains("networks_classes:2"), "\(malformed)")
            try Node.node2.shell(Self.oldVZConf)
            #expect(try Node.node1.migrate("node2", container.id).status == 0)
        }
    }
}
