internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("--ssh reaches a destination that only its options know, and so does whoever recovers")
    struct SSHTests {
        /// A second sshd of node2, known by a name that only a file knows; reached directly or over node1's own sshd.
        private static func file(_ more: String) throws -> String {
            try Node.node2.shell("/usr/sbin/sshd -f /etc/sshd_config -p 2222 -o PidFile=/run/second.pid")
            return try Node.node1.shell(
                """
                printf 'Host far\\n HostName node2\\n Port 2222\\n HostKeyAlias node2\\n' > /root/far.conf
                echo "$1" >> /root/far.conf
                mkdir -p /root/.ssh
                ssh-keyscan -t ed25519 node1 2> /dev/null >> /root/.ssh/known_hosts
                echo -n /root/far.conf
                """, more)
        }

        private static func end() throws {
            try Node.node2.shell(
                "p=$(cat /run/second.pid); kill $p; while kill -0 $p 2> /dev/null; do sleep 0.02; done")
        }

        @Test("By ourselves, and over a jump", .timeLimit(.minutes(1)), arguments: ["", " ProxyJump node1"])
        func reaches(more: String) throws {
            let file = try Self.file(more)
            defer { try? Self.end() }
            let container = try TestContainer(kind: "memory:8M")
            let outcome = try Node.node1.run("vzmigrate", "--online", "--ssh=-F \(file)", "far", container.id)
            #expect(outcome.status == 0, "\(outcome)")
            #expect(outcome.output.contains("the connection goes through") != more.isEmpty, "\(outcome)")
            #expect(try container.status(on: .node2) == "running")
            #expect(container.counts(on: .node2))
            #expect(try container.ask("sum")["bad_words"] == "0")
            try container.expectNothingLeft(on: .node2)
        }

        @Test("The guardian of a killed run", .timeLimit(.minutes(1)), arguments: ["", " ProxyJump node1"])
        func recovers(more: String) throws {
            let file = try Self.file(more)
            defer { try? Self.end() }
            let container = try TestContainer(kind: "memory:8M")
            let words = ["--online", "--noiter", "--ssh=-F \(file)", "far", container.id]
            let migration = try SteppedMigration(of: container, words)
            try migration.run(to: "commit.decided")
            #expect(migration.kill().status == 137)
            try wait(30, for: "the guardian to be heard") {
                try Node.node1.journal(of: container.id).last?.state == "completed"
            }
            #expect(try container.status(on: .node2) == "running")
            #expect(container.counts(on: .node2))
        }

        @Test("A host name in it is a usage error, and a configuration that is not there cannot connect")
        func refuses() throws {
            let container = try TestContainer(kind: "idle", isStarted: false)
            #expect(try Node.node1.run("vzmigrate", "--ssh=node2", "node2", container.id).status == 1)
            let outcome = try Node.node1.run("vzmigrate", "--ssh=-F /nowhere", "node2", container.id)
            #expect(outcome.status == 4)
            #expect(outcome.complaint.contains("/nowhere cannot be read"), "\(outcome)")
        }
    }
}
