internal import Glibc
internal import LabSupport
internal import Testing

extension RealServers {
    @Suite("vzmigrate is killed, the same command is given again: the container runs once, on the destination")
    struct DeathTests {
        /// Every event of an online migration.
        static let events = [
            "migration.planned", "checkNodes.intent", "checks.passed", "openDestination.intent", "destination.accepted",
            "raiseFence.intent", "fence.set", "syncTree.intent", "tree.synced", "freezeContainer.intent", "frozen",
            "dumpContainer.intent", "dumped", "prepareDestination.intent", "destination.prepared",
            "decideCommit.intent",
            "commit.decided", "deliverCommit.intent", "destination.confirmed", "releaseSource.intent",
        ]

        @Test(
            "Killed when a deed is done and not yet recorded", .timeLimit(.minutes(1)),
            arguments: Self.events.filter { $0.hasSuffix(".intent") })
        func afterDeed(kind: String) throws {
            try Self.kill(at: kind, .before, ["--online", "--noiter"])
        }

        @Test(
            "Killed when it has stopped a container that moves without its memory", .timeLimit(.minutes(1)),
            arguments: ["freezeContainer", "dumpContainer", "prepareDestination", "decideCommit"].map { "\($0).intent" }
        )
        func restarted(kind: String) throws {
            try Self.kill(at: kind, .before, [])
        }

        private static func kill(at kind: String, _ place: AppendStop.Place, _ options: [String]) throws {
            let container = try TestContainer(kind: "memory:8M")
            let words = options + ["node2", container.id]
            let (token, talk) = (try container.ask("stat")["token"], try Talk(to: container))
            let migration = try SteppedMigration(of: container, words, stopping: place)
            try migration.run(to: kind)
            #expect(migration.kill().status == 137)

            // Whichever comes first, this or the guardian, ends what was left. After the decision there may be nothing
            // left here to migrate, and then it is said where it went.
            let again = try Node.node1.start(["vzmigrate"] + words).wait()
            let isTold = again.complaint.contains("has moved it to node2")
            let isDecided = ["deliverCommit.intent", "releaseSource.intent"].contains(kind)
            #expect(again.status == 0 || (isDecided && again.status == 10 && isTold), "\(again)")
            #expect(try container.status(on: .node1) == nil)
            #expect(try container.status(on: .node2) == "running")
            #expect(container.counts(on: .node2))
            if !options.isEmpty {
                #expect(try container.ask("stat")["token"] == token, "it was started anew")
                #expect(try container.ask("sum")["bad_words"] == "0")
                let report = talk.end()
                #expect(report.status == 0, "\(report)")
            }
            try container.expectNothingLeft(on: .node2)
            try container.expectNoTrace(on: .node1)
            #expect(try Node.node2.journal(of: container.id).last?.kind == "completed")
        }
    }
}
