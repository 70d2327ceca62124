internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("What cannot be done is refused in one sentence, and the container runs on as before")
    struct RefusalTests {
        /// One way to go wrong.
        struct Case: Sendable, CustomTestStringConvertible {
            let title: String
            let status: Int32
            /// What the sentence has to contain.
            let words: String
            let options: [String]
            let destination: String
            /// What stands for the container; `ID` is its own id.
            let item: String
            let breaking: (node: Node, script: String)
            let mending: (node: Node, script: String)
            /// Whether the journal has a row of the failure: nothing is journaled of what makes no plan.
            let isJournaled: Bool

            var testDescription: String { self.title }

            init(
                _ title: String, _ status: Int32, _ words: String, on node: Node = .node2, breaking: String = ":",
                mending: String = ":", options: [String] = ["--online", "--noiter"], destination: String = "node2",
                item: String = "ID", isJournaled: Bool = true
            ) {
                (self.title, self.status, self.words) = (title, status, words)
                (self.breaking, self.mending) = ((node, breaking), (node, mending))
                (self.options, self.destination, self.item) = (options, destination, item)
                self.isJournaled = isJournaled
            }
        }

        private static func hiding(_ program: String) -> (hide: String, show: String) {
            let path = "$(command -v \(program))"
            let place = "/vz/dump/hidden-\(program)"
            return ("echo \(path) > \(place).path; mv \(path) \(place)", "mv \(place) $(cat \(place).path)")
        }

        static let cases = [
            Case("an unknown container", 10, "no container '999'", item: "999", isJournaled: false),
            Case(
                "a container that exists there", 9, "exists", breaking: "echo > /etc/vz/conf/$1.conf",
                mending: "rm /etc/vz/conf/$1.conf"),
            Case(
                "a new id that is taken", 9, "exists", breaking: "echo > /etc/vz/conf/777.conf",
                mending: "rm /etc/vz/conf/777.conf", item: "ID:777"),
            Case(
                "a malformed configuration", 2, ".conf:", on: .node1,
                breaking: "cp /etc/vz/conf/$1.conf /vz/dump/; echo 'ONBOOT=\"y' >> /etc/vz/conf/$1.conf",
                mending: "mv /vz/dump/$1.conf /etc/vz/conf/", isJournaled: false),
            Case(
                "a configuration that is a folder", 2, ".conf", on: .node1,
                breaking: "mv /etc/vz/conf/$1.conf /vz/dump/; mkdir /etc/vz/conf/$1.conf",
                mending: "rmdir /etc/vz/conf/$1.conf; mv /vz/dump/$1.conf /etc/vz/conf/", isJournaled: false),
            Case(
                "a malformed vz.conf", 2, "vz.conf:", on: .node1,
                breaking: "cp /etc/vz/vz.conf /vz/dump/; echo 'TEMPLATE=\"x' >> /etc/vz/vz.conf",
                mending: "cp /vz/dump/vz.conf /etc/vz/", isJournaled: false),
            Case(
                "a malformed vz.conf there", 2, "vz.conf:",
                breaking: "cp /etc/vz/vz.conf /vz/dump/; echo 'TEMPLATE=\"x' >> /etc/vz/vz.conf",
                mending: "cp /vz/dump/vz.conf /etc/vz/"),
            Case("a name that has no address", 4, "nosuchhost", destination: "nosuchhost"),
            Case("a port where nobody listens", 4, "refused", destination: "node2:1"),
            Case(
                "a host key that nobody vouched for", 4, "known_hosts", on: .node1,
                breaking: "mv /root/.ssh/known_hosts /vz/dump/", mending: "mv /vz/dump/known_hosts /root/.ssh/"),
            Case(
                "a key that is not let in", 4, "refused", breaking: "mv /root/.ssh/authorized_keys /vz/dump/",
                mending: "mv /vz/dump/authorized_keys /root/.ssh/"),
            Case(
                "no agent there", 14, "vzmigrate-agent", breaking: Self.hiding("vzmigrate-agent").hide,
                mending: Self.hiding("vzmigrate-agent").show),
            Case("no runc there", 14, "runc", breaking: Self.hiding("runc").hide, mending: Self.hiding("runc").show),
            Case("no CRIU there", 14, "CRIU", breaking: Self.hiding("criu").hide, mending: Self.hiding("criu").show),
            Case(
                "a disk that fills up in mid-copy", 6, "space",
                breaking: "mount -t tmpfs -o size=1m none /vz/private", mending: "umount /vz/private",
                options: ["--online", "--noiter", "--nodeps=disk_space"]),
            Case("the same server", 34, "is on already", destination: "node1"),
            Case(
                "a process that came from outside", 73, "runc exec", on: .node1,
                breaking: "runc exec -d $1 /bin/sleep 900 < /dev/null > /dev/null 2>&1",
                mending: "kill $(pgrep -f '[s]leep 900')"),
            Case(
                "rounds of a type that has none", 1, "--max-downtime",
                options: ["--online", "--noiter", "--max-downtime", "100"], isJournaled: false),
            Case(
                "options that exclude each other", 1, "--noiter",
                options: ["--online", "--noiter", "--require-realtime"], isJournaled: false),
            Case("an option of --online without it", 1, "--online", options: ["--lazy"], isJournaled: false),
            Case("an unknown option", 1, "--nonsense", options: ["--nonsense"], isJournaled: false),
            Case(
                "a container twice", 1, "twice", options: ["--online", "node2", "ID"], destination: "ID",
                isJournaled: false),
        ]

        @Test("Refused", .timeLimit(.minutes(1)), arguments: Self.cases)
        func refused(_ row: Case) throws {
            let container = try TestContainer(kind: "tcp")
            let process = try container.process(on: .node1)
            let talk = try Talk(to: container)
            try row.breaking.node.shell(row.breaking.script, container.id)
            let outcome: CommandOutcome
            do {
                defer { _ = try? row.mending.node.shell(row.mending.script, container.id) }
                let words = row.options + [row.destination, row.item]
                outcome = try Node.node1.start(
                    ["vzmigrate"] + words.map { $0.replacing("ID", with: container.id) }
                ).wait()
            }
            #expect(outcome.status == row.status, "\(outcome)")
            #expect(outcome.complaints.count == 1 && outcome.complaint.contains(row.words), "\(outcome)")
            let journal = try Node.node1.journal(of: container.id)
            #expect(!row.isJournaled || journal.contains { $0.what.contains("status=\(row.status)") }, "\(journal)")
            #expect(row.isJournaled || journal.isEmpty, "\(journal)")
            try Self.expectUntouched(container, process, talk)
        }

        @Test("An open file of the server is found before anything is done", .timeLimit(.minutes(1)))
        func hostFile() throws {
            let container = try TestContainer(kind: "counter", isStarted: false)
            try Node.node1.shell("cd /vz/private/$1; runc run -d $1 < /dev/null > /vz/dump/output 2>&1", container.id)
            let process = try container.process(on: .node1)
            let outcome = try Node.node1.migrate("--online", "node2", container.id)
            #expect(outcome.status == 73 && outcome.complaints.count == 1, "\(outcome)")
            #expect(outcome.complaint.contains("has /vz/dump/output of the server open (descriptor 1)"), "\(outcome)")
            #expect(outcome.output.contains("given up before anything was done"), "\(outcome)")
            try Self.expectUntouched(container, process, nil)
        }

        /// It runs where it ran, as the process it was, on the same connection, unfenced, and node2 knows nothing of
        /// it.
        static func expectUntouched(_ container: TestContainer, _ process: String?, _ talk: Talk?) throws {
            #expect(try container.status(on: .node1) == "running")
            #expect(try container.process(on: .node1) == process)
            if let report = talk?.end() { #expect(report.status == 0, "\(report)") }
            #expect(container.counts(on: .node1))
            try container.expectNothingLeft(on: .node1)
            try container.expectNoTrace(on: .node2)
        }
    }
}
