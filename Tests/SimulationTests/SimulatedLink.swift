import Destination
import Engine
import HandOver
import Journal
import Source
import SSH
import Transfer

/// The link of one simulated vzmigrate to a destination: orders go to the real conversation of a simulated agent.
final class SimulatedLink: DestinationLink, @unchecked Sendable {
    // One simulation runs on one thread.
    let destination: SSHDestination
    private let world: World
    private let source: SimulatedProcess
    private let reconcile: ReconcileEarlier
    private var agent: SimulatedAgent?
    private var rounds: UInt64 = 0

    init(_ destination: String, world: World, source: SimulatedProcess, reconcile: @escaping ReconcileEarlier) throws {
        self.destination = try SSHDestination(parsing: destination)
        self.world = world
        self.source = source
        self.reconcile = reconcile
    }

    func request(_ request: AgentRequest, interruption: Interruption?) async throws(StepFailure) -> AgentAnswer {
        if let reason = interruption?.reason { throw reason }
        let answer: AgentAnswer
        do { answer = try await self.exchange(request) } catch { throw Self.failure(error) }
        if case .refused(let refusal) = answer {
            throw refusal
        }
        return answer
    }

    func assureHistory() async throws {
        do { _ = try await self.connected() } catch { try self.world.requireAlive(self.source) }
    }

    func reserve(_ stream: BulkStream, of reference: HandOverReference) async throws(StepFailure) {}
    func reserveMemory(of reference: HandOverReference, interruption: Interruption) async throws(StepFailure) {}

    func close() async {
        guard self.source.isAlive else { return }
        await self.agent?.hearEnd()
        self.agent = nil
    }

    private static func failure(_ error: any Error) -> StepFailure {
        (error as? StepFailure) ?? StepFailure(.connectionBroken, "\(error)")
    }

    private func exchange(_ request: AgentRequest) async throws -> AgentAnswer {
        let agent = try await self.connected()
        try self.world.reach(.send, by: self.source)
        await Task.yield()
        let fault = self.world.takeLinkFault()
        switch fault {
        case .closed: await self.hangUp(heard: true)
        case .silence, .dropOrder: await self.hangUp(heard: false)
        case .dropAnswer:
            _ = try? await agent.answer(request)
            await self.hangUp(heard: true)
        case .delayOrder:
            agent.process.isForgotten = true
            self.world.late { _ = try? await agent.answer(request) }
            self.agent = nil
        case .repeatOrder:
            _ = try await agent.answer(request)
            return try await agent.answer(request)
        case nil:
            let answer = try await agent.answer(request)
            try self.world.requireAlive(self.source)
            return answer
        }
        try self.world.requireAlive(self.source)
        throw StepFailure(.connectionBroken, "\(fault?.rawValue ?? "it broke")")
    }

    private func hangUp(heard: Bool) async {
        if heard { await self.agent?.hearEnd() }
        self.agent?.process.isForgotten = true
        self.agent = nil
    }

    private func connected() async throws -> SimulatedAgent {
        if let agent = self.agent, agent.process.isAlive { return agent }
        self.agent = nil
        try self.world.requireAlive(self.source)
        guard let node = self.world.node(named: self.destination.host), node.isUp, !self.world.isLinkCut else {
            throw StepFailure(.cannotConnect, "\(self.destination.host) cannot be reached")
        }
        let agent = SimulatedAgent(on: node, for: self.source.node, in: self.world)
        self.agent = agent
        self.world.agents.append((self.source, agent))
        for reference in try agent.unfinished() { try await self.settle(reference, agent) }
        return agent
    }

    private func settle(_ reference: HandOverReference, _ agent: SimulatedAgent) async throws {
        do {
            try await self.reconcile(reference) {
                let answer = try await agent.answer($0)
                if case .refused(let refusal) = answer { throw refusal }
                return answer
            }
        } catch {
            guard agent.process.isAlive, self.source.isAlive else { throw error }
        }
    }

    func send(
        _ stream: BulkStream, _ tree: OutgoingTree, of reference: HandOverReference, interruption: Interruption
    ) async throws(StepFailure) -> SyncedTree {
        do {
            try self.world.reach(.deed, by: self.source)
            await Task.yield()
            if let reason = interruption.reason { throw reason }
            try self.begin(stream, to: self.receiver())
            try self.world.reach(.deed, by: self.source)
            await Task.yield()
            if let reason = interruption.reason { throw reason }
            return SyncedTree(
                entries: 1, contentBytes: 1, wireBytes: 1, duration: .nanoseconds(1),
                digest: try self.finish(stream, to: self.receiver()))
        } catch { throw Self.failure(error) }
    }

    /// Each round of memory finds less to send, until it is worth no further one.
    func send(
        _ memory: OutgoingMemory, from site: any SourceSite, of reference: HandOverReference,
        interruption: Interruption
    ) async throws(StepFailure) -> SentMemory {
        do {
            try self.world.reach(.deed, by: self.source)
            await Task.yield()
            if let reason = interruption.reason { throw reason }
            let node = try self.receiver()
            node.memory.pages = -2
            try self.world.reach(.deed, by: self.source)
            let here = self.source.node.memory
            try self.receiver().memory.pages = memory.images == nil ? here.processes?.memory : here.images
            self.rounds += 1
            return SentMemory(
                round: MemoryRound(
                    tracking: .content, pages: 256, sentPages: 1, wireBytes: 4096,
                    duration: .nanoseconds(max(1, 4_000_000_000 >> (self.rounds * 2)))),
                digest: SimulatedDestinationSite.digest(ofPages: node.memory.pages))
        } catch { throw Self.failure(error) }
    }

    func offerPages(of memory: OutgoingMemory, to reference: HandOverReference) async throws(StepFailure) {
        do {
            try self.world.reach(.deed, by: self.source)
            _ = try self.receiver()
        } catch { throw Self.failure(error) }
    }

    /// They come at once, or not.
    func servePages(
        of memory: OutgoingMemory, to reference: HandOverReference
    ) async throws(StepFailure) -> PostCopyResult {
        do {
            _ = try await self.connected()
            try self.world.reach(.deed, by: self.source)
            await Task.yield()
            let node = try self.receiver()
            switch node.memory.following {
            case .served: return PostCopyResult(placed: 1, dropped: 0)
            case .lost, .none:
                let migration = try UniqueID(parsing: reference.id).flatMap {
                    try node.journal.replay($0, as: DestinationMigration.self)
                }
                guard let migration, [.accepted, .prepared, .committed, .resumed, .completed].contains(migration.phase)
                else { throw StepFailure(.protocolViolated, "it takes no data") }
                if let postCopy = migration.resumed?.postCopy { return postCopy }
                throw StepFailure(.inDoubt, "its pages are lost")
            case .serving:
                guard let original = self.source.node.memory.processes, original.isFrozen else {
                    self.world.violate("pages are served from an original that does not stand still")
                    throw ContainerGone()
                }
                node.memory.processes?.lacksPages = false
                node.memory.following = .served(PostCopyResult(placed: 1, dropped: 0))
                try self.world.reach(.deed, by: self.source)
                return PostCopyResult(placed: 1, dropped: 0)
            }
        } catch { throw Self.failure(error) }
    }

    private func receiver() throws -> SimulatedNode {
        guard let agent = self.agent, agent.process.isAlive, !self.world.isLinkCut else {
            throw StepFailure(.connectionBroken, "the stream broke")
        }
        return agent.process.node
    }

    /// Part of it has come.
    private func begin(_ stream: BulkStream, to node: SimulatedNode) throws {
        guard stream != .images else { return node.memory.images = -2 }
        guard self.source.node.disk.area != nil, node.disk.incoming != nil else {
            throw StepFailure(.copyFailed, "there is nothing to copy, or no place for it")
        }
        node.disk.incoming = .init(content: -2, isDurable: false)
    }

    private func finish(_ stream: BulkStream, to node: SimulatedNode) throws -> String {
        let here = self.source.node
        guard stream != .images else {
            node.memory.images = here.memory.images
            return "images \(here.memory.images ?? -1)"
        }
        guard let area = here.disk.area, node.disk.incoming != nil else {
            throw StepFailure(.copyFailed, "there is nothing to copy, or no place for it")
        }
        node.disk.incoming = .init(content: area.content, isDurable: false)
        return SimulatedDestinationSite.digest(of: node.disk.incoming)
    }
}

/// A running agent with the conversation that it serves.
final class SimulatedAgent: @unchecked Sendable {
    // One simulation runs on one thread.
    let process: SimulatedProcess
    private let world: World
    private let records: SimulatedRecords
    private let conversation: ControlConversation

    init(on node: SimulatedNode, for source: SimulatedNode, in world: World) {
        self.process = SimulatedProcess("agent on \(node.name)", .agent, on: node, serving: source)
        self.world = world
        self.records = SimulatedRecords(world: world, process: self.process)
        self.conversation = ControlConversation(host: SimulatedHost(self.records), peer: PeerWitness())
    }

    func unfinished() throws -> [HandOverReference] {
        try self.records.openMigrations(as: DestinationMigration.self)
            .map { HandOverReference(id: $0.migration.description, epoch: $0.epoch) }
    }

    /// - Throws: where the agent died of it.
    func answer(_ request: AgentRequest) async throws -> AgentAnswer {
        try self.world.requireAlive(self.process)
        await self.world.delay(self.process.node)
        do {
            let answer = try await self.conversation.answer(request)
            try self.world.requireAlive(self.process)
            return answer
        } catch {
            // An agent that could not go on has ended; whoever waits for it hears that its channel is closed.
            self.process.end()
            throw StepFailure(.connectionBroken, "the agent ended: \(error)")
        }
    }

    /// Whether it has given up waiting for a source that says nothing any more.
    func losesPatience() async -> Bool { (try? await self.conversation.patience()) != nil }

    /// The end of its input: it leaves its work in order and ends.
    func hearEnd() async {
        guard self.process.isAlive else { return }
        // It may die of that too; what it leaves is then for the next one.
        try? await self.conversation.end()
        self.process.end()
    }
}
