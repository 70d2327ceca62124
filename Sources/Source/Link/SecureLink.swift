package import HandOver
internal import Host
package import Journal
package import SSH
internal import SystemPackage
internal import Transfer

/// The way to an agent over SSH: a control session, and one more for each stream.
package actor SecureLink: DestinationLink {
    /// The program that a session starts: found by the PATH of sshd, or of sudo, so it never depends on how it was
    /// installed.
    static let agentProgram = "vzmigrate-agent"

    package nonisolated let destination: SSHDestination
    private let client: SSHClient
    private let patience: Duration
    private let tool: String
    private let journal: JournalStore
    private let peer: PeerWitness
    private let reconcile: ReconcileEarlier
    let say: @Sendable (String) -> Void
    private var conversation: Conversation?
    /// The session of all passes over the memory, once it was opened.
    var memory: MemoryConversation?
    /// The pages that follow a container, once they began to.
    var pages: PageService?
    /// Bulk sessions that were opened before they are needed.
    private var reserve: [BulkStream: AgentSession] = [:]

    /// One control session: the agent listens on it, answer after answer.
    struct Conversation {
        let session: any SSHTransport
        let agent: AgentSession
        let welcome: AgentWelcome
    }

    /// - Parameters:
    ///   - destination: as it was typed, for messages.
    ///   - client: connects to it.
    ///   - patience: how long an answer to a question may take.
    ///   - tool: the version of this program.
    ///   - journal: of this node.
    ///   - peer: what the other node has said of its journal.
    ///   - reconcile: ends what the other node reports as unfinished.
    ///   - say: tells the operator something, a line.
    package init(
        destination: SSHDestination, client: SSHClient, patience: Duration, tool: String, journal: JournalStore,
        peer: PeerWitness, reconcile: @escaping ReconcileEarlier,
        say: @escaping @Sendable (String) -> Void
    ) {
        self.destination = destination
        self.client = client
        self.patience = patience
        self.tool = tool
        self.journal = journal
        self.peer = peer
        self.reconcile = reconcile
        self.say = say
    }

    package func request(
        _ request: AgentRequest, interruption: Interruption?
    ) async throws(StepFailure) -> AgentAnswer {
        let conversation = try await self.connected()
        interruption?.wakes { conversation.agent.hangUp() }
        defer { interruption?.wakes(nil) }
        do {
            return try await conversation.agent.exchange(request)
        } catch {
            if !conversation.agent.isUsable { self.conversation = nil }
            throw error
        }
    }

    package func assureHistory() async throws {
        do { _ = try await self.connected() } catch { if self.peer.missingHere != nil { throw error } }
    }

    package func reserve(_ stream: BulkStream, of reference: HandOverReference) async throws(StepFailure) {
        self.reserve[stream] = try await self.openBulk(stream, of: reference)
    }

    /// A further session for bulk data, attached to a hand-over that the agent has accepted.
    ///
    /// A connection of its own: the cipher of one connection keeps one processor busy.
    func bulk(_ stream: BulkStream, of reference: HandOverReference) async throws(StepFailure) -> AgentSession {
        if let session = self.reserve.removeValue(forKey: stream) { return session }
        return try await self.openBulk(stream, of: reference)
    }

    private func openBulk(
        _ stream: BulkStream, of reference: HandOverReference
    ) async throws(StepFailure) -> AgentSession {
        try await self.open(.bulk(reference, stream)).agent
    }

    package func reserveMemory(
        of reference: HandOverReference, interruption: Interruption
    ) async throws(StepFailure) {
        guard self.memory == nil else { return }
        self.memory = MemoryConversation(try await self.open(.memory(reference)).agent, interruption)
    }

    package func close() async {
        for session in self.reserve.values { session.close() }
        self.reserve = [:]
        self.memory?.close()
        self.memory = nil
        await self.pages?.close()
        self.pages = nil
        guard let conversation = self.conversation else { return }
        self.conversation = nil
        conversation.agent.close()
        await conversation.session.close()
    }

    private func connected() async throws(StepFailure) -> Conversation {
        if let conversation = self.conversation, conversation.agent.isUsable { return conversation }
        self.conversation?.agent.close()
        let conversation = try await self.open(.control)
        do throws(StepFailure) {
            for reference in conversation.welcome.unfinished {
                try await self.reconcile(reference, with: conversation.agent)
            }
        } catch {
            conversation.agent.close()
            throw error
        }
        self.conversation = conversation
        return conversation
    }

    /// Tells the agent how an earlier hand-over ended. That it cannot end it now is no reason to refuse another.
    private func reconcile(_ reference: HandOverReference, with agent: AgentSession) async throws(StepFailure) {
        do {
            try await self.reconcile(reference) { try await agent.exchange($0) }
        } catch {
            let failure = StepFailure(error, at: .source, during: "end an earlier migration")
            guard agent.isUsable else { throw failure }
            self.say("an earlier migration (\(reference.id.prefix(8))) cannot be ended there yet: \(failure.message)")
        }
    }

    func open(_ purpose: AgentHello.Purpose) async throws(StepFailure) -> Conversation {
        let hello = AgentHello(tool: self.tool, node: self.journal.journal.uuid, purpose: purpose)
        do {
            let session = try await self.client.connect()
            let launch = PrivilegedProgram(Self.agentProgram, as: session.destination.user)
            let agent = AgentSession(
                program: try await session.start(launch.words), launch: launch, destination: session.destination,
                journal: self.journal, peer: self.peer, patience: self.patience)
            return Conversation(session: session, agent: agent, welcome: try await agent.greet(hello))
        } catch {
            throw StepFailure(error, at: .source)
        }
    }
}

extension SecureLink {
    /// Enough to fill the windows of TCP and of SSH.
    private static var probeSize: Int { 8 << 20 }

    /// How many bytes a second come through to the agent, found out with some that mean nothing.
    package func bytesPerSecond() async throws(StepFailure) -> Double {
        let agent = try await self.open(.measure(Self.probeSize)).agent
        defer { agent.close() }
        let (input, output) = (agent.input, agent.output)
        do {
            return try await runBlocking(named: "throughput probe") {
                // Nothing on the way may make it shorter.
                var generator = SystemRandomNumberGenerator()
                let block = (0..<(32 << 10)).flatMap { _ in withUnsafeBytes(of: generator.next(), Array.init) }
                let start = ContinuousClock.now
                for _ in 0..<(Self.probeSize / block.count) { try output.writeAll(block) }
                var answer: [UInt8] = [0]
                let count = try answer.withUnsafeMutableBytes { try input.read(into: $0) }
                guard count == 1 else { throw Errno.brokenPipe }
                return Double(Self.probeSize) / (start.duration(to: .now) / .seconds(1))
            }
        } catch {
            throw await agent.reasonOfSilence()
        }
    }
}
