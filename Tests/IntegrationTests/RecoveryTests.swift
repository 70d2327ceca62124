internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("What one server lost, or an operator decided for one that is gone, ends right on both")
    struct RecoveryTests {
        @Test("With nothing unfinished --recover says so, as often as it is asked", .timeLimit(.minutes(1)))
        func nothing() throws {
            for node in [Node.node1, .node2, .node1] {
                let outcome = try node.migrate("--recover")
                #expect(outcome.status == 0 && outcome.output.contains("nothing is unfinished"), "\(outcome)")
            }
        }

        @Test("A destination whose restored copy is gone hands the container back", .timeLimit(.minutes(1)))
        func handedBack() throws {
            let container = try TestContainer(kind: "memory:8M")
            let (token, talk) = (try container.ask("stat")["token"], try Talk(to: container))
            let migration = try SteppedMigration(of: container, ["--online", "--noiter", "node2", container.id])
            try migration.run(to: "commit.decided")
            // What a loss of power leaves: neither processes nor anything in memory.
            try Node.node2.shell(
                "pkill -KILL -x vzmigrate-agent; runc delete -f $1; ip link del veth$1.0; ip netns del ct$1; "
                    + "rm -rf /run/vzmigrate/$1", container.id)
            let outcome = migration.end()
            #expect(outcome.status == 7, "\(outcome)")
            #expect(try container.status(on: .node1) == "running")
            #expect(try container.ask("stat")["token"] == token, "it was started anew")
            #expect(talk.end().status == 0)
            let kinds = try Node.node1.journal(of: container.id).map(\.kind)
            #expect(kinds.contains("commit.revoked"))
            #expect(try Node.node2.journal(of: container.id).map(\.kind).contains("handed.back"))
            try container.expectNothingLeft(on: .node1)
            try container.expectNoTrace(on: .node2)
        }

        @Test("Two operators who decide against each other are told so, on both servers", .timeLimit(.minutes(1)))
        func contradiction() throws {
            let container = try TestContainer(kind: "memory:8M")
            let migration = try SteppedMigration(of: container, ["--online", "--noiter", "node2", container.id])
            try migration.run(to: "commit.decided")
            try Self.link(.node2, isUp: false)
            defer { try? Self.link(.node2, isUp: true) }
            try Node.node1.shell("pkill -KILL -f -- '--recover [-]-guard'; exit 0")
            _ = migration.kill()
            try Node.node2.shell("pkill -KILL -x vzmigrate-agent; exit 0")

            let doubt = try Node.node2.migrate("--recover")
            #expect(doubt.status == 80 && doubt.complaints.first?.contains("--assume") == true, "\(doubt)")
            let words = ["--recover", container.id, "--assume"]
            let there = try Node.node2.start(["vzmigrate"] + words + ["committed", "--because", "node1 burnt"]).wait()
            #expect(there.status == 0, "\(there)")
            #expect(try container.status(on: .node2) == "running")
            let here = try Node.node1.start(
                ["vzmigrate"] + words + ["aborted", "--timeout", "2", "--because", "node2 burnt"]
            ).wait()
            #expect(here.status != 0, "\(here)")
            #expect(try container.status(on: .node1) == "running")

            try Self.link(.node2, isUp: true)
            try wait(40, for: "the source to hear of it") {
                try Node.node1.journal(of: container.id).last?.state == "contradicted"
            }
            #expect(try Node.node2.journal(of: container.id).last?.kind == "outcome.contradicted")
        }

        @Test("Nothing is assumed where nothing is in doubt", .timeLimit(.minutes(1)))
        func nothingToAssume() throws {
            let container = try TestContainer(kind: "counter")
            let outcome = try Node.node1.migrate(
                "--recover", container.id, "--assume", "aborted", "--because", "it burnt down")
            #expect(outcome.status == 1 && outcome.complaints.count == 1, "\(outcome)")
            #expect(container.counts(on: .node1))
        }

        /// Cuts a server off, or connects it again.
        static func link(_ node: Node, isUp: Bool) throws {
            try Node.client.shell("ip link set $1 $2", node.rawValue, isUp ? "up" : "down")
        }
    }

    @Suite("A journal that was restored from a backup starts nothing")
    struct RestoredJournalTests {
        @Test("Found by the lock file beside it, or by what the other server has on record", .timeLimit(.minutes(1)))
        func restored() throws {
            let container = try TestContainer(kind: "counter")
            try Node.node1.shell("cd /var/lib/vzmigrate; rm -rf /vz/dump/b; mkdir /vz/dump/b; cp journal.* /vz/dump/b")
            #expect(try Node.node1.migrate("--readonly", "node2", "\(container.id):\(container.id)9").status == 0)
            try Node.node1.shell(
                "cd /var/lib/vzmigrate; rm -rf /vz/dump/a; mkdir /vz/dump/a; cp journal.* /vz/dump/a; "
                    + "rm journal.db*; cp /vz/dump/b/journal.db* .")
            defer {
                _ = try? Node.node1.shell("cd /var/lib/vzmigrate; rm journal.*; cp /vz/dump/a/journal.* .")
                try? TestContainer.remove("\(container.id)9", from: .node2)
            }
            let alone = try Node.node1.migrate("--online", "node2", container.id)
            #expect(alone.status == 2 && alone.complaints.first?.contains("cut short or restored") == true, "\(alone)")
            try Node.node1.shell("cd /var/lib/vzmigrate; rm journal.lock; cp /vz/dump/b/journal.lock .; exit 0")
            let told = try Node.node1.migrate("--online", "node2", container.id)
            #expect(told.status == 2 && told.complaints.first?.contains("node2 has its event") == true, "\(told)")
            #expect(container.counts(on: .node1))
            #expect(try container.status(on: .node2) == nil)
        }
    }
}
