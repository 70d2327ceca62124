internal import HandOver
internal import Host
internal import Journal
internal import Synchronization
internal import SystemPackage
internal import Transfer

/// The frames of this conversation, each with its sender's place in its journal.
final class AgentChannel: Sendable {
    private let frames: FrameChannel
    private let journal: JournalStore
    /// What the source says of its journal.
    let peer = PeerWitness()
    /// The source's journal; `nil` before its hello.
    private let source = Mutex<UniqueID?>(nil)

    init(input: FileDescriptor, output: FileDescriptor, journal: JournalStore) {
        self.frames = FrameChannel(input: input, output: output)
        self.journal = journal
    }

    /// Waits for the next message.
    ///
    /// - Parameters:
    ///   - type: what it has to be.
    ///   - journal: the UUID of the source's journal, as its hello gave it; `nil` before that.
    ///   - patience: how long it may take; `nil` waits for ever.
    /// - Returns: the message, or `nil` when the source has hung up.
    /// - Throws: `FrameError` for what is none.
    func receive<Message: Codable & Sendable>(
        _ type: Message.Type, journal: UniqueID?, patience: Duration? = nil
    ) async throws -> Message? {
        let frames = self.frames
        let envelope = try await runBlocking(named: "frames") { () throws(FrameError) in
            try frames.receive(Envelope<Message>.self, patience: patience)
        }
        guard let envelope else { return nil }
        try self.peer.hear(
            journal: journal, head: ChainHead(parsing: envelope.head),
            ours: envelope.yours.flatMap { ChainHead(parsing: $0) }, in: self.journal.reader)
        return envelope.message
    }

    /// Whose journal the source's is, once it has said hello.
    func know(_ source: UniqueID?) { self.source.withLock { $0 = source } }

    /// Why nothing may be done any more: our journal lacks what the source has seen of it.
    var refusal: StepFailure? {
        self.peer.missingHere.map { missing in
            StepFailure(
                .system,
                "the journal here was cut short or restored from a backup: the source has its event "
                    + "\(missing.sequence) on record, which is not in it; nothing is started by itself; look where "
                    + "each container runs, then move /var/lib/vzmigrate/journal.* here away, to begin a new journal")
        }
    }

    func send<Message: Codable & Sendable>(_ message: Message) async throws {
        let reader = self.journal.reader
        let recorded = try self.source.withLock { $0 }.flatMap { try reader.lastKnownHead(ofPeer: $0) }
        self.peer.asks(recorded: recorded)
        let envelope = Envelope(head: try reader.head().description, yours: recorded?.description, message)
        let frames = self.frames
        try await runBlocking(named: "frames") { () throws(FrameError) in try frames.send(envelope) }
    }
}
