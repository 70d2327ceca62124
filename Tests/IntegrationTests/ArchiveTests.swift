internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("What is left at the source, and what comes back to it")
    struct ArchiveTests {
        @Test(
            "-r wins over REMOVEMIGRATED, and absent means no", .timeLimit(.minutes(1)),
            arguments: [
                (option: "yes", configured: "no", removed: true), (option: "no", configured: "yes", removed: false),
                (option: nil, configured: "yes", removed: true), (option: nil, configured: nil, removed: false),
            ] as [(option: String?, configured: String?, removed: Bool)])
        func removal(_ row: (option: String?, configured: String?, removed: Bool)) throws {
            let setting =
                "sed -i '/^REMOVEMIGRATED/d' /etc/vz/vz.conf; [ -z $1 ] || echo REMOVEMIGRATED=$1 >> /etc/vz/vz.conf"
            try Node.node1.shell(setting, row.configured ?? "")
            defer { _ = try? Node.node1.shell(setting, "no") }
            let container = try TestContainer(kind: "idle")
            let outcome = try Node.node1.start(
                ["vzmigrate"] + (row.option.map { ["-r", $0] } ?? []) + ["node2", container.id]
            ).wait()
            #expect(outcome.status == 0, "\(outcome)")
            let expected = row.removed ? [] : ["\(container.id).migrated", "\(container.id).conf.migrated"]
            #expect(try Node.node1.archives(of: container) == expected)
        }

        @Test("It comes back with its memory, leaves again, and each archive keeps its place", .timeLimit(.minutes(1)))
        func thereAndBack() throws {
            let container = try TestContainer(kind: "memory:8M")
            let talk = try Talk(to: container)
            let token = try container.ask("stat")["token"]
            try Self.move(container, from: .node1, to: "node2")
            let first = try Self.archivedCount(container, "")
            try Self.move(container, from: .node2, to: "node1")
            #expect(container.counts(on: .node1))
            try Self.move(container, from: .node1, to: "node2")
            #expect(try container.ask("stat")["token"] == token)
            let report = talk.end()
            #expect(report.status == 0, "\(report)")
            let names = ["migrated", "migrated.1", "conf.migrated", "conf.migrated.1"].map { "\(container.id).\($0)" }
            #expect(try Node.node1.archives(of: container) == names)
            #expect(try Self.archivedCount(container, ".1") == first, "the older archive was touched")
            try container.expectNoTrace(on: .node1)
        }

        @Test(
            "--readonly of a stopped or running one changes nothing here", .timeLimit(.minutes(1)),
            arguments: [false, true])
        func copied(isStarted: Bool) throws {
            let container = try TestContainer(kind: "files:20", isStarted: isStarted)
            let process = try container.process(on: .node1)
            let before = try Self.fingerprint(container)
            let outcome = try Node.node1.migrate("--readonly", "node2", container.id)
            #expect(outcome.status == 0 && outcome.output.contains("CT \(container.id) stays here"), "\(outcome)")
            #expect(outcome.output.contains("copy is that of a running file system") == isStarted, "\(outcome)")
            #expect(try Self.fingerprint(container) == before, "the original was touched")
            #expect(try container.process(on: .node1) == process)
            #expect(try container.status(on: .node2) == nil)
            try container.expectNothingLeft(on: .node1)
            let configuration = try container.configuration(on: .node2)
            #expect(configuration.contains("DISABLED=\"yes\"") && configuration.contains("UUID=\""), "\(configuration)")
            let places = ["node1:\(container.area)", "node2:\(container.area)"]
            let comparison = try Command.run(["\(Lab.repository)/tools/lab", "compare"] + places)
            #expect(comparison.status == 0, "\(comparison)")
            #expect(try Node.node1.journal(of: container.id).last?.kind == "copied")
        }

        @Test("A copy says whose copy it is, and is somebody of its own", .timeLimit(.minutes(1)))
        func copyOf() throws {
            let container = try TestContainer(kind: "idle")
            let identity = "0c8ee6c5-7f8a-4b0a-9a53-8f2d8a6fb3c1"
            try Node.node1.shell("echo UUID=\\\"$2\\\" >> /etc/vz/conf/$1.conf", container.id, identity)
            let outcome = try Node.node1.migrate("--readonly", "node2", container.id)
            #expect(outcome.status == 0, "\(outcome)")
            let configuration = try container.configuration(on: .node2)
            #expect(configuration.contains("COPY_OF=\"\(identity)\""), "\(configuration)")
            #expect(configuration.contains("\nUUID=\""), "\(configuration)")
            #expect(!configuration.contains("\nUUID=\"\(identity)"), "\(configuration)")
        }

        @Test("The second pass sends what changed since the first, and nothing else", .timeLimit(.minutes(1)))
        func secondPass() throws {
            let container = try TestContainer(kind: "idle")
            let script = "head -c $2 /dev/urandom > /vz/private/$1/rootfs/root/$3"
            try Node.node1.shell(script, container.id, "30000000", "large")
            let migration = try SteppedMigration(of: container, ["node2", container.id])
            let start = try Self.received()
            try migration.run(to: "tree.synced")
            let afterFirst = try Self.received()
            try Node.node1.shell(script, container.id, "1000000", "changed")
            try migration.run(to: "dumped")
            let second = try Self.received() - afterFirst
            #expect(migration.end().status == 0)
            #expect(afterFirst - start > 30_000_000)
            #expect((1_000_000..<2_000_000).contains(second), "\(second) bytes came in the second pass")
            let row = try Node.node1.journal(of: container.id).first { $0.kind == "tree.synced" }
            #expect(row?.what.contains("contentBytes=3") == true, "\(row?.what ?? "")")
        }

        private static func move(_ container: TestContainer, from node: Node, to destination: String) throws {
            let outcome = try node.migrate("--online", "--noiter", destination, container.id)
            #expect(outcome.status == 0, "\(outcome)")
        }

        private static func archivedCount(_ container: TestContainer, _ ending: String) throws -> String? {
            Node.node1.read("\(container.area).migrated\(ending)/rootfs/counter")
        }

        /// Every name with its metadata and the content of the smaller files, and the configuration.
        private static func fingerprint(_ container: TestContainer) throws -> String {
            try Node.node1.shell(
                """
                cd /vz/private/$1; find . -printf '%p %i %m %U %G %s %T@ %C@\\n' | sort | sha256sum
                find . -type f -size -1024k -print0 | sort -z | xargs -0 sha256sum | sha256sum
                sha256sum /etc/vz/conf/$1.conf; stat -c '%i %Y %Z' /etc/vz/conf/$1.conf
                """, container.id)
        }

        /// The bytes that node2 has received so far.
        private static func received() throws -> Int {
            let text = try Node.node2.shell("cat /sys/class/net/eth0/statistics/rx_bytes")
            return try #require(Int(text.filter(\.isNumber)))
        }
    }
}
