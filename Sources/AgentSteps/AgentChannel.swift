internal import AgentProtocol
internal import BlockingWork
internal import MigrationJournal
internal import SystemPackage

/// The frames of this conversation, each with its sender's place in its journal.
final class AgentChannel: Sendable {
    private let frames: FrameChannel
    private let journal: JournalStore
    /// What the source says of its journal.
    let peer = PeerWitness()

    init(input: FileDescriptor, output: FileDescriptor, journal: JournalStore) {
        self.frames = FrameChannel(input: input, output: output)
        self.journal = journal
    }

    /// Waits for the next message.
    ///
    /// - Parameters:
    ///   - type: what it has to be.
    ///   - journal: the UUID of the source's journal, as its hello gave it; `nil` before that.
    /// - Returns: the message, or `nil` when the source has hung up.
    /// - Throws: `FrameError` for what is none.
    func receive<Message: Codable & Sendable>(_ type: Message.Type, journal: JournalID?) async throws -> Message? {
        let frames = self.frames
        let envelope = try await runBlocking(named: "frames") { () throws(FrameError) in
            try frames.receive(Envelope<Message>.self)
        }
        guard let envelope else { return nil }
        self.peer.hear(journal: journal, head: ChainHead(parsing: envelope.head))
        return envelope.message
    }

    func send<Message: Codable & Sendable>(_ message: Message) async throws {
        let envelope = Envelope(head: try self.journal.reader.head().description, message)
        let frames = self.frames
        try await runBlocking(named: "frames") { () throws(FrameError) in try frames.send(envelope) }
    }
}
