internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("CRIU or vzmigrate is killed while a container's memory leaves: the thawed original has all of it")
    struct StreamDeathTests {
        @Test(
            "CRIU, in the middle of its dump", .timeLimit(.minutes(1)),
            arguments: [(["--noiter"], "runc"), ([], "runc"), ([], "crun")])
        func criu(options: [String], runtime: String) throws {
            // The later in the dump, the more of the container CRIU had in its hands; and the dump must not be whole.
            for line in ["Dumping pages", "Dumping core", "Dumping mm", "Collecting fds", "Seized task"] {
                if try Self.kill(dumpAt: line, options, runtime) { return }
            }
            Issue.record("CRIU was quicker than its killer, however early that began")
        }

        /// - Returns: whether CRIU was killed before its dump was whole.
        private static func kill(dumpAt line: String, _ options: [String], _ runtime: String) throws -> Bool {
            let original = try Original(runtime)
            let container = original.container
            let migration = try SteppedMigration(of: container, ["--online"] + options + ["node2", container.id])
            try migration.run(to: "dumpContainer.intent")
            let vzmigrate = try migration.release()
            var criu: pid_t?
            try wait(for: "CRIU's dump to come to \(line)") {
                criu = Node.node1.processes(named: "criu").first {
                    isDescendant($0, of: vzmigrate) && Self.log(of: $0).contains(line)
                }
                return criu != nil || migration.hasEnded
            }
            guard let criu, Glibc.kill(criu, SIGKILL) == 0 else { return false }
            let outcome = migration.end()
            let kinds = try Node.node1.journal(of: container.id).map(\.kind)
            guard !kinds.contains("dumped") else { return false }
            #expect(outcome.status == 73 && outcome.complaints.count == 1, "\(outcome)")
            let path = try #require(outcome.complaint.firstMatch(of: /\/var\/lib\/vzmigrate\/logs\/[^\s,;:)]+/)?.output)
            let log = try #require(Node.node1.read(String(path)))
            try Node.node1.shell("rm -rf /var/lib/vzmigrate/logs/*")
            #expect(kinds.contains("dumpContainer.failed"), "\(kinds)")
            try original.expectIntact(connectionMayEnd: true)
            return log.contains(line) && !log.contains("Starting page server") && !log.contains("finished successfully")
        }

        /// What a CRIU that dumps has written so far; it works in the directory of its log.
        private static func log(of criu: pid_t) -> String { readFile("/proc/\(criu)/cwd/dump.log") ?? "" }

        @Test(
            "vzmigrate, which sends it: all of it, a round of it, what changed after the rounds",
            .timeLimit(.minutes(1)),
            arguments: [
                (["--noiter"], "dumpContainer", "160mbit", 8 << 20), ([], "iterateMemory", "160mbit", 8 << 20),
                ([], "dumpContainer", "4mbit", 128 << 10),
            ])
        func sender(options: [String], step: String, rate: String, bytes: UInt64) throws {
            let original = try Original()
            let container = original.container
            let migration = try SteppedMigration(of: container, ["--online"] + options + ["node2", container.id])
            try migration.run(to: "\(step).intent")
            try Node.node1.shell("tc qdisc add dev eth0 root tbf rate $1 burst 64kb limit 256kb", rate)
            defer { _ = try? Node.node1.shell("tc qdisc del dev eth0 root 2> /dev/null || :") }
            let vzmigrate = try migration.release()
            let before = try bytesSent(by: "eth0", of: vzmigrate)
            try wait(for: "\(bytes) bytes to be sent") { try bytesSent(by: "eth0", of: vzmigrate) > before + bytes }
            #expect(threadNames(of: vzmigrate).contains("memory"), "it sends no memory at this moment")
            #expect(migration.kill().status == 137)
            try Node.node1.shell("tc qdisc del dev eth0 root")
            try wait(15, for: "the guardian to give it up") {
                try Node.node1.journal(of: container.id).last?.state == "rolledBack"
            }
            let kinds = try Node.node1.journal(of: container.id).map(\.kind)
            #expect(kinds.prefix { $0 != "\(step).failed" }.last == "\(step).intent", "\(kinds)")
            try original.expectIntact()
        }

        /// A container with memory and a client, and how it was before anything was done to it.
        private struct Original {
            let container: TestContainer
            private let process: String?
            private let before: [String: String]
            private let talk: Talk

            init(_ runtime: String = "runc") throws {
                self.container = try TestContainer(kind: "memory:64M", runtime: runtime)
                self.process = try self.container.process(on: .node1)
                self.before = try self.container.ask("stat")
                self.talk = try Talk(to: self.container)
            }

            /// Expects that it goes on with all of its memory, and that nobody else knows anything of it.
            ///
            /// A CRIU that is killed lets go of the processes before anybody can take their sockets out of repair: one
            /// that had bytes to read may have been refused them, and says so to its peer.
            func expectIntact(connectionMayEnd: Bool = false) throws {
                let (after, sum) = (try self.container.ask("stat"), try self.container.ask("sum"))
                #expect(after["token"] == self.before["token"])
                #expect(try #require(Int(after["n"] ?? "")) > (try #require(Int(self.before["n"] ?? ""))))
                #expect(sum == ["pages": "16384", "bad_words": "0"])
                if connectionMayEnd {
                    let report = self.talk.end()
                    // Ended before all was echoed, and that is said; never with bytes that are wrong.
                    let isEnded = !report.output.contains("broken=no") && report.output.contains("repeated=0 changed=0")
                    #expect(report.status == 0 || isEnded, "\(report)")
                }
                try RefusalTests.expectUntouched(self.container, self.process, connectionMayEnd ? nil : self.talk)
            }
        }
    }
}
