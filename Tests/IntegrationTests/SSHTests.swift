internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("--ssh reaches a destination that only its options know, and so does whoever recovers")
    struct SSHTests {
        /// A second sshd of node2, under a name that only a file knows; with a relay it lets nobody in but that.
        private static func file(overRelay isRelayed: Bool) throws -> String {
            let (relay, lab) = ("\(Lab.network).0.9", "\(Lab.home)/labs/\(Lab.id)")
            let allowed = isRelayed ? "-o AllowUsers=root@\(relay)" : ""
            try Node.node2.shell("/usr/sbin/sshd -f /etc/sshd_config -p 2222 -o PidFile=/run/second.pid \(allowed)")
            if isRelayed { try Self.startRelay(in: "\(lab)/relay", letting: "\(lab)/node1/root-key.pub", to: relay) }
            return try Node.node1.shell(
                """
                printf 'Host far\n HostName %s\n Port 2222\n HostKeyAlias node2\n' "$2" > /root/far.conf
                [ -z "$1" ] || printf ' ProxyJump %s:2022\n' "$1" >> /root/far.conf
                mkdir -p /root/.ssh
                [ -z "$1" ] || ssh-keyscan -p 2022 -t ed25519 "$1" 2> /dev/null >> /root/.ssh/known_hosts
                echo -n /root/far.conf
                """, isRelayed ? relay : "", "\(Lab.network).0.2")
        }

        /// A third node's sshd: that of the client's network.
        private static func startRelay(in directory: String, letting key: String, to address: String) throws {
            try Node.client.shell(
                """
                mkdir -p /run/sshd "$1" && cd "$1" && cp "$2" keys && chmod 600 keys
                [ -e host-key ] || ssh-keygen -q -t ed25519 -N '' -f host-key
                /usr/sbin/sshd -f /dev/null -h "$1/host-key" -p 2022 -o PidFile="$1/pid" -o ListenAddress="$3" \
                    -o AuthorizedKeysFile="$1/keys" -o StrictModes=no -o PermitRootLogin=prohibit-password
                """, directory, key, address)
        }

        private static func end() throws {
            let words = "p=$(cat $1); kill $p; while kill -0 $p 2> /dev/null; do sleep 0.02; done"
            try Node.node2.shell(words, "/run/second.pid")
            try Node.client.shell("[ ! -e $1 ] || { \(words); }", "\(Lab.home)/labs/\(Lab.id)/relay/pid")
        }

        @Test("By ourselves, and over a third node", .timeLimit(.minutes(1)), arguments: [false, true])
        func reaches(isRelayed: Bool) throws {
            let file = try Self.file(overRelay: isRelayed)
            defer { try? Self.end() }
            let container = try TestContainer(kind: "memory:8M")
            let outcome = try Node.node1.run("vzmigrate", "--online", "--ssh=-F \(file)", "far", container.id)
            #expect(outcome.status == 0, "\(outcome)")
            #expect(outcome.output.contains("the connection goes through") == isRelayed, "\(outcome)")
            #expect(try container.status(on: .node2) == "running")
            #expect(container.counts(on: .node2))
            #expect(try container.ask("sum")["bad_words"] == "0")
            try container.expectNothingLeft(on: .node2)
        }

        @Test("A node that lets nobody in but over the third refuses the way past it", .timeLimit(.minutes(1)))
        func past() throws {
            let file = try Self.file(overRelay: true)
            defer { try? Self.end() }
            let container = try TestContainer(kind: "idle", isStarted: false)
            let outcome = try Node.node1.run("vzmigrate", "--ssh=-F \(file) -o ProxyJump=none", "far", container.id)
            #expect(outcome.status == 4, "\(outcome)")
        }

        @Test("The guardian of a killed run", .timeLimit(.minutes(1)), arguments: [false, true])
        func recovers(isRelayed: Bool) throws {
            let file = try Self.file(overRelay: isRelayed)
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

        @Test("^C at a prompt ends the whole run", .timeLimit(.minutes(1)))
        func controlC() throws {
            let containers = try (0..<2).map { _ in try TestContainer(kind: "idle", isStarted: false) }
            try Node.node1.shell("rm -f /root/locked*; ssh-keygen -q -t ed25519 -N secret -f /root/locked")
            let script = """
                import os, pty, sys
                child, terminal = pty.fork()
                if child == 0: os.execvp(sys.argv[1], sys.argv[1:])
                said, asked = b"", 0
                while True:
                    try: piece = os.read(terminal, 4096)
                    except OSError: break
                    if not piece: break
                    said += piece
                    if said.count(b"/root/locked: ") > asked:
                        asked += 1
                        os.write(terminal, b"\\x03")
                sys.stdout.buffer.write(said)
                sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
                """
            let words = ["vzmigrate", "--ssh=-i /root/locked -o IdentitiesOnly=yes", "node2"] + containers.map(\.id)
            let lab = ["\(Lab.repository)/tools/lab", "run", "node1"]
            let outcome = try Command.run(["timeout", "30", "python3", "-c", script] + lab + words)
            #expect(outcome.status == 25 && outcome.output.contains("not begun"), "\(outcome)")
            #expect(outcome.output.ranges(of: "/root/locked: ").count == 1, "\(outcome)")
            for container in containers { try container.expectNoTrace(on: .node2) }
        }

        @Test("A host name in it is a usage error, and a configuration that is not there cannot connect")
        func refuses() throws {
            let container = try TestContainer(kind: "idle", isStarted: false)
            #expect(try Node.node1.run("vzmigrate", "--ssh=node2", "node2", container.id).status == 1)
            let outcome = try Node.node1.run("vzmigrate", "--ssh=-F /nowhere", "node2", container.id)
            #expect(outcome.status == 4)
            #expect(outcome.complaint.contains("/nowhere: No such file"), "\(outcome)")
        }
    }
}
