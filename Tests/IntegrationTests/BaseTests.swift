internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("A container that comes back is a delta against what it left, which stays as it is")
    struct BaseTests {
        @Test("There, back and there again: only what changed is sent", .timeLimit(.minutes(2)))
        func thereAndBack() throws {
            let container = try TestContainer(kind: "files:300")
            try AreaContent.write(20_000_000, to: "large", of: container, on: .node1)
            let first = try Self.move(container, .node1, "node2")
            try AreaContent.write(1_000_000, to: "changed", of: container, on: .node2)
            let before = try AreaContent.fingerprint(container, ".migrated", on: .node1)
            let back = try Self.move(container, .node2, "node1")
            #expect(try AreaContent.fingerprint(container, ".migrated", on: .node1) == before, "the base was touched")
            try AreaContent.expectSame("node2:\(container.area).migrated", "node1:\(container.area)")
            let again = try Self.move(container, .node1, "node2")
            #expect(first > 20_000_000, "\(first) bytes")
            #expect((1_000_000..<1_300_000).contains(back), "\(back) bytes")
            #expect(again < 100_000, "\(again) bytes")
            #expect(try Node.node1.archives(of: container).count == 4)
            #expect(try Node.node2.archives(of: container).count == 2)
            try container.expectNothingLeft(on: .node2)
            try container.expectNoTrace(on: .node1)
        }

        @Test("Under another id and at another place it is found by its UUID", .timeLimit(.minutes(2)))
        func otherID() throws {
            let container = try TestContainer(kind: "idle", isStarted: false)
            defer { for node in [Node.node1, .node2] { try? TestContainer.remove("\(container.id)9", from: node) } }
            try AreaContent.write(10_000_000, to: "large", of: container, on: .node1)
            #expect(try Node.node1.migrate("node2", "\(container.id):\(container.id)9").status == 0)
            #expect(try Node.node2.migrate("node1", "\(container.id)9:\(container.id)8").status == 0)
            defer { try? TestContainer.remove("\(container.id)8", from: .node1) }
            let sent = try AreaContent.wireBytes(of: "\(container.id)9", on: .node2)
            #expect(sent.count == 1 && sent[0] < 100_000, "\(sent)")
        }

        @Test(
            "Rolled back, whenever it is: the base is what it was, and only the incoming area goes",
            .timeLimit(.minutes(2)), arguments: ["syncTree.intent", "tree.synced", "dumped", "destination.prepared"])
        func rolledBack(kind: String) throws {
            let container = try TestContainer(kind: "memory:8M")
            try AreaContent.write(10_000_000, to: "large", of: container, on: .node1)
            _ = try Self.move(container, .node1, "node2", ["--online"])
            _ = try Self.move(container, .node2, "node1", ["--online"])
            let before = try AreaContent.fingerprint(container, ".migrated", on: .node2)
            let migration = try SteppedMigration(of: container, ["--online", "node2", container.id])
            try migration.run(to: kind)
            migration.signal(SIGINT)
            let outcome = migration.end()
            #expect(outcome.status == 25, "\(outcome)")
            #expect(try AreaContent.fingerprint(container, ".migrated", on: .node2) == before, "the base was touched")
            #expect(container.counts(on: .node1))
            try container.expectNothingLeft(on: .node1)
            try container.expectNoTrace(on: .node2)
        }

        /// - Returns: the bytes on the wire of all passes.
        private static func move(
            _ container: TestContainer, _ node: Node, _ destination: String, _ options: [String] = []
        ) throws -> Int {
            let outcome = try node.start(["vzmigrate"] + options + [destination, container.id]).wait()
            #expect(outcome.status == 0, "\(outcome)")
            return try AreaContent.wireBytes(of: container.id, on: node).reduce(0, +)
        }
    }
}

/// What is in private areas, and how much of it was sent.
enum AreaContent {
    /// Writes random bytes to a file of root's.
    static func write(_ count: Int, to name: String, of container: TestContainer, on node: Node) throws {
        let script = "head -c $2 /dev/urandom > /vz/private/$1/rootfs/root/$3"
        try node.shell(script, container.id, "\(count)", name)
    }

    /// The bytes on the wire of each warm pass in the latest migration away from a node.
    static func wireBytes(of container: String, on node: Node) throws -> [Int] {
        try node.journal(of: container).filter { $0.kind == "tree.synced" }.map { row in
            let number = try #require(row.what.firstMatch(of: /wireBytes=(\d+)/), "\(row.what)").output.1
            return try #require(Int(number))
        }
    }

    static func expectSame(_ left: String, _ right: String) throws {
        let comparison = try Command.run(["\(Lab.repository)/tools/lab", "compare", left, right])
        #expect(comparison.status == 0, "\(comparison)")
    }

    /// Every name with inode, times and metadata, and content. Access times are moved by the look itself.
    static func fingerprint(_ container: TestContainer, _ ending: String, on node: Node) throws -> String {
        try node.shell(
            """
            cd /vz/private/$1$2; find . -printf '%p %i %n %m %U %G %s %b %T@ %C@ %y %l\\n' | sort | sha256sum
            find . -type f -size -100k -print0 | sort -z | xargs -0 sha256sum | sha256sum; sha256sum rootfs/root/large
            stat -c '%i %Y %Z' /etc/vz/conf/$1.conf$2
            """, container.id, ending)
    }
}
