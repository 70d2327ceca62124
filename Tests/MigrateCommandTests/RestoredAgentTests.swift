import Foundation
import HandOver
import Journal
import SystemPackage
import Testing
import TestSupport
import Transfer

@Suite(
    "An agent whose journal lacks what the source has seen of it carries no order out",
    .enabled(if: TestUser.isRoot, "needs root"))
struct RestoredAgentTests {
    static let orders: [@Sendable (HandOverReference) -> AgentRequest] = [
        { .abort($0, because: "it was rolled back") }, { .commit($0) }, { .complete($0) },
        { .prepare($0, ContentDigests(treeDigest: "aa")) },
    ]

    /// A server whose journal says that a container is arriving, with the area that has come so far.
    private static func server() async throws -> (TemporaryFolder, HandOverReference) {
        let folder = try await RefusedJournalTests.server()
        let area = "\(folder.path)/private/102"
        try FileManager.default.createDirectory(atPath: "\(area).incoming", withIntermediateDirectories: false)
        let example = DestinationPlan.example
        // Whose it is.
        let record = "\(folder.path)/journal/areas/\(example.identity)"
        try FileManager.default.createDirectory(atPath: record, withIntermediateDirectories: true)
        try Data("\(area).incoming\n".utf8).write(to: URL(fileURLWithPath: "\(record)/places"))
        let plan = DestinationPlan(
            migration: .random(), container: example.container, identity: example.identity, epoch: 9,
            kind: .stopped, keepsArea: false,
            places: .init(privateArea: area, incomingArea: "\(area).incoming", configuration: ""))
        let store = try RefusedJournalTests.store(in: folder)
        try await store.live([.accepted(plan)], as: DestinationMigration.self)
        try store.close()
        return (folder, HandOverReference(id: plan.migration.description, epoch: plan.epoch))
    }

    /// One conversation: a hello, and an order by a source that has that head of the agent's journal on record.
    private static func say(_ order: AgentRequest, recorded: ChainHead?, on folder: TemporaryFolder) throws
        -> ChildProgram.Result
    {
        let frames = "\(folder.path)/frames"
        let file = try FileDescriptor.open(
            FilePath(frames), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        try file.closeAfter {
            let channel = FrameChannel(input: file, output: file)
            let here = ChainHead(sequence: 1, hash: .init(repeating: 1, count: 32)).description
            let hello = AgentHello(tool: "test", node: UniqueID.random().uuid, purpose: .control)
            try channel.send(Envelope(head: here, yours: nil, hello))
            try channel.send(Envelope(head: here, yours: recorded?.description, order))
        }
        return RefusedJournalTests.run(
            ["sh", "-c", "exec \"$0\" < \"$1\"", ChildProgram.built("vzmigrate-agent"), frames], on: folder, ":")
    }

    @Test("Told by the first order's head, it says why, writes nothing, and leaves what has arrived", arguments: 0..<4)
    func refuses(order: Int) async throws {
        let (folder, reference) = try await Self.server()
        let head = try JournalReader(path: "\(folder.path)/journal/journal.db").head()
        let lost = ChainHead(sequence: head.sequence + 3, hash: .init(repeating: 9, count: 32))
        let result = try Self.say(Self.orders[order](reference), recorded: lost, on: folder)
        #expect(result.output.contains("cut short or restored from a backup"), "\(result)")
        #expect(folder.has("private/102.incoming"))
        #expect(try JournalReader(path: "\(folder.path)/journal/journal.db").head() == head)
    }

    @Test("The same order to a whole journal is carried out", .timeLimit(.minutes(10)))
    func obeys() async throws {
        let (folder, reference) = try await Self.server()
        let head = try JournalReader(path: "\(folder.path)/journal/journal.db").head()
        let result = try Self.say(Self.orders[0](reference), recorded: head, on: folder)
        #expect(!folder.has("private/102.incoming"), "\(result)")
    }
}
