internal import HandOver
internal import Host
internal import Journal
internal import SSH
internal import Synchronization
internal import SystemPackage
internal import Transfer

/// A running agent at the destination, spoken to in frames.
final class AgentSession: Sendable {
    private let program: RemoteProgram
    private let launch: PrivilegedProgram
    private let destination: SSHDestination
    private let channel: FrameChannel
    private let journal: JournalStore
    private let patience: Duration
    private let peer: PeerWitness
    private let state = Mutex(State.open)

    /// The identity of the other node's journal; `nil` before its welcome.
    private let node = Mutex<UniqueID?>(nil)

    private enum State {
        case open
        /// A frame did not come through: what follows could not be understood.
        case broken
        case closed
    }

    /// - Parameters:
    ///   - program: the agent, just started.
    ///   - launch: how it was started.
    ///   - destination: where it runs, for messages.
    ///   - journal: of this node: every message says where it stands.
    ///   - peer: hears where the other node's stands.
    ///   - patience: how long an answer to a question may take; orders that work have four times that, and two minutes.
    init(
        program: RemoteProgram, launch: PrivilegedProgram, destination: SSHDestination, journal: JournalStore,
        peer: PeerWitness, patience: Duration
    ) {
        self.program = program
        self.launch = launch
        self.destination = destination
        self.journal = journal
        self.patience = patience
        self.peer = peer
        self.channel = FrameChannel(input: program.output, output: program.input)
    }

    deinit { self.close() }

    /// What the bulk streams read and write after the greeting.
    var input: FileDescriptor { self.program.output }
    var output: FileDescriptor { self.program.input }

    var isUsable: Bool { self.state.withLock { $0 == .open } }

    /// Says hello and waits for the welcome.
    func greet(_ hello: AgentHello) async throws(StepFailure) -> AgentWelcome {
        switch try await self.roundTrip(hello, AgentGreeting.self, self.patience) {
        case .welcome(let welcome):
            self.node.withLock { $0 = UniqueID(parsing: welcome.node) }
            return welcome
        case .refused(let refusal): throw refusal.on(self.destination.host)
        }
    }

    /// Sends an order and waits for its answer; a refusal is thrown.
    func exchange(_ request: AgentRequest) async throws(StepFailure) -> AgentAnswer {
        let answer = try await self.roundTrip(request, AgentAnswer.self, self.patience(for: request))
        if case .refused(let refusal) = answer { throw refusal.on(self.destination.host) }
        return answer
    }

    /// Ends the channel under whoever waits for an answer.
    func hangUp() { self.program.close() }

    /// Hangs up for good. The far side sees the end of its input.
    func close() {
        if self.closeDescriptors() { self.program.close() }
    }

    /// - Returns: whether they were open.
    private func closeDescriptors() -> Bool {
        let wasClosed = self.state.withLock { state in
            defer { state = .closed }
            return state == .closed
        }
        guard !wasClosed else { return false }
        // Both descriptors are ours alone, and a failed close of a socket leaves nothing to mend.
        try? self.program.input.close()
        try? self.program.output.close()
        return true
    }

    /// Why nothing comes from the agent any more, in words: its own last ones, if it said any.
    func reasonOfSilence() async -> StepFailure {
        _ = self.closeDescriptors()
        // An `ssh` that carries it ends a moment later than the agent.
        let exit = await self.program.exit(within: .seconds(2))
        if let advice = self.launch.advice(on: exit, self.program.standardErrorTail) {
            return StepFailure(.agentUnusable, "\(self.destination): \(advice)")
        }
        let words = self.program.standardErrorTail.trimmingLineEnds
        switch exit {
        case .lost(let error): return StepFailure(error, at: .source)
        case _ where exit.isProgramMissing:
            return StepFailure(
                .agentUnusable,
                "\(self.destination): vzmigrate-agent is not on the PATH of sshd's sessions; install vzmigrate there, "
                    + "for example its programs to /usr/local/bin")
        case .exited(status: 2) where !words.isEmpty:
            return StepFailure(.system, "\(self.destination): \(words)")
        case .exited, .killed:
            return StepFailure(
                .connectionBroken, "\(self.destination): vzmigrate-agent ended: \(words.isEmpty ? "\(exit)" : words)")
        }
    }

    private func roundTrip<Answer: Codable & Sendable>(
        _ message: some Codable & Sendable, _ type: Answer.Type, _ patience: Duration
    ) async throws(StepFailure) -> Answer {
        // After one that did not come through, the next answer may be that of an earlier order.
        guard self.isUsable else {
            throw StepFailure(.connectionBroken, "\(self.destination): the conversation with vzmigrate-agent is over")
        }
        let channel = self.channel
        let envelope = try self.envelope(message)
        let answer: Envelope<Answer>?
        do throws(FrameError) {
            answer = try await runBlocking(named: "agent") { () throws(FrameError) in
                try channel.send(envelope)
                return try channel.receive(Envelope<Answer>.self, patience: patience)
            }
        } catch {
            switch error {
            case .tooLong, .undecodable: throw self.violated(error, .protocolViolated)
            // sshd answers keepalives for an agent that does nothing any more.
            case .silent: throw self.violated(error, .connectionTimedOut)
            // The program's end says more than the descriptor's.
            case .broken: answer = nil
            }
        }
        guard let answer else { throw await self.reasonOfSilence() }
        try self.hear(answer.head, answer.yours)
        return answer.message
    }

    /// What only looks answers at once; what works on a container or removes an area takes its time.
    private func patience(for request: AgentRequest) -> Duration {
        switch request {
        case .seek, .inspect, .accept: self.patience
        // The whole tree is looked at once more.
        case .prepare: max(self.patience * 4, .seconds(900))
        case .commit, .abort, .recall, .complete: max(self.patience * 4, .seconds(120))
        }
    }

    private func envelope<Message>(_ message: Message) throws(StepFailure) -> Envelope<Message> {
        do {
            let reader = self.journal.reader
            let recorded = try self.node.withLock { $0 }.flatMap { try reader.lastKnownHead(ofPeer: $0) }
            self.peer.asks(recorded: recorded)
            return Envelope(head: try reader.head().description, yours: recorded?.description, message)
        } catch { throw StepFailure(error, at: .source) }
    }

    private func hear(_ head: String, _ ours: String?) throws(StepFailure) {
        do {
            try self.peer.hear(
                journal: self.node.withLock { $0 }, head: ChainHead(parsing: head),
                ours: ours.flatMap { ChainHead(parsing: $0) }, in: self.journal.reader)
        } catch { throw StepFailure(error, at: .source) }
        guard let missing = self.peer.missingHere else { return }
        self.state.withLock { $0 = .broken }
        throw StepFailure(
            .system,
            "this server's journal was cut short or restored from a backup: \(self.destination.host) has its event "
                + "\(missing.sequence) on record, which is not in it; nothing is started by itself; look where each "
                + "container runs, then move /var/lib/vzmigrate/journal.* away, to begin a new journal")
    }

    private func violated(_ error: FrameError, _ status: ExitStatus) -> StepFailure {
        self.state.withLock { $0 = .broken }
        return StepFailure(status, "\(self.destination): \(error)")
    }
}

extension String {
    fileprivate var trimmingLineEnds: String {
        self.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}
