internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("--keep-dst: what had arrived stays, and the next attempt sends what changed")
    struct KeptAreaTests {
        /// How an attempt comes to its end.
        enum Death: String, CaseIterable, Sendable {
            case signal, vzmigrate, agent, link, power
        }

        @Test(
            "However the attempt ended", .timeLimit(.minutes(2)), arguments: Death.allCases,
            ["tree.synced", "dumped"])
        func kept(_ death: Death, kind: String) throws {
            let container = try Self.container()
            try Self.attempt(container, kind, death)
            try Self.expectKept(container)
            try AreaContent.write(500_000, to: "changed", of: container, on: .node1)
            let outcome = try Node.node1.migrate("node2", container.id)
            #expect(outcome.status == 0, "\(outcome)")
            try Self.expectSent(500_000..<700_000, container)
            #expect(container.counts(on: .node2))
            try container.expectNothingLeft(on: .node2)
            try container.expectNoTrace(on: .node1)
        }

        @Test("Again and again, edited meanwhile, and then under another id", .timeLimit(.minutes(2)))
        func manyAttempts() throws {
            let container = try Self.container()
            let other = "\(container.id)9"
            defer { try? TestContainer.remove(other, from: .node2) }
            try Self.attempt(container, "dumped", .vzmigrate)
            for size in [300_000, 400_000] {
                try AreaContent.write(size, to: "changed\(size)", of: container, on: .node1)
                try Self.attempt(container, "tree.synced", .signal)
                try Self.expectSent(size..<(size + 150_000), container)
                try Self.expectKept(container)
            }
            try Node.node2.shell(
                """
                cd /vz/private/$1.incoming/rootfs/root; touch -r large /vz/dump/stamp
                printf XXXX | dd of=large bs=1 seek=5000 conv=notrunc status=none; touch -r /vz/dump/stamp large
                echo added > added; rm changed300000; ln -s /etc/shadow link; chmod 4777 .
                """, container.id)
            let outcome = try Node.node1.migrate("node2", "\(container.id):\(other)")
            #expect(outcome.status == 0, "\(outcome)")
            // The file that was edited, and the one that was removed.
            try Self.expectSent(8_300_000..<8_500_000, container)
            try AreaContent.expectSame(
                "node1:\(container.area).migrated/rootfs/root", "node2:/vz/private/\(other)/rootfs/root")
            #expect(!Node.node2.exists("\(container.area).incoming"))
            try container.expectNoTrace(on: .node1)
        }

        @Test("What was kept for another container is not taken: exit 9, and it stays", .timeLimit(.minutes(2)))
        func notOurs() throws {
            let (kept, other) = (try Self.container(), try TestContainer(kind: "idle", isStarted: false))
            try Self.attempt(kept, "tree.synced", .signal)
            let outcome = try Node.node1.migrate("node2", "\(other.id):\(kept.id)")
            #expect(outcome.status == 9 && outcome.complaint.contains("was kept for another"), "\(outcome)")
            try Self.expectKept(kept)
            #expect(try Node.node1.migrate("--keep-dst", "node2", kept.id).status == 0)
            try Self.expectSent(0..<150_000, kept)
        }

        @Test("A copy as well: the next one of the same container goes on with it", .timeLimit(.minutes(2)))
        func copy() throws {
            let container = try Self.container()
            try Self.attempt(container, "tree.synced", .signal, ["--readonly"])
            #expect(Node.node2.exists("\(container.area).incoming/rootfs/root/large"))
            let outcome = try Node.node1.migrate("--readonly", "node2", container.id)
            #expect(outcome.status == 0, "\(outcome)")
            try Self.expectSent(0..<150_000, container)
            try container.expectNothingLeft(on: .node1)
        }

        private static func container() throws -> TestContainer {
            let container = try TestContainer(kind: "counter")
            try AreaContent.write(8_000_000, to: "large", of: container, on: .node1)
            return container
        }

        /// An attempt that ends there, and is rolled back.
        private static func attempt(
            _ container: TestContainer, _ kind: String, _ death: Death, _ options: [String] = []
        ) throws {
            let words = ["--keep-dst", "--timeout", "3"] + options + ["node2", container.id]
            let migration = try SteppedMigration(of: container, words)
            try migration.run(to: kind)
            switch death {
            case .signal: migration.signal(SIGINT)
            case .vzmigrate: _ = migration.kill()
            case .agent: try Node.node2.shell("pkill -KILL -x vzmigrate-agent")
            case .link:
                try RecoveryTests.link(.node2, isUp: false)
                defer { try? RecoveryTests.link(.node2, isUp: true) }
                try migration.run(to: "source.restored")
            case .power:
                try Lab.require("down", "--keep", "node2")
                try Lab.require("up", "node2")
                try Node.node2.shell("vzmigrate --recover")
            }
            if death != .vzmigrate { #expect(migration.end().status != 0) }
            try wait(40, for: "the attempt to be rolled back") {
                try Node.node1.journal(of: container.id).last?.state == "rolledBack"
            }
        }

        private static func expectKept(_ container: TestContainer) throws {
            #expect(Node.node2.exists("\(container.area).incoming/rootfs/root/large"))
            let row = try Node.node2.journal(of: container.id).last { $0.kind == "aborted" }
            #expect(row?.what.contains("kept=true") == true, "\(String(describing: row))")
            #expect(try container.status(on: .node1) == "running")
            #expect(container.counts(on: .node1))
            let ours = "/run/vzmigrate/*/ /var/lib/vzmigrate/migrations/* /vz/private/$1.removing"
            let list = "ls -d \(ours) $2 2> /dev/null; exit 0"
            #expect(try Node.node2.shell(list, container.id, container.area) == "")
            #expect(try Node.node1.shell(list, container.id, "\(container.area).incoming") == "")
        }

        private static func expectSent(_ range: Range<Int>, _ container: TestContainer) throws {
            let sent = try AreaContent.wireBytes(of: container.id, on: .node1).reduce(0, +)
            #expect(range.contains(sent), "\(sent) bytes were sent")
        }
    }
}
