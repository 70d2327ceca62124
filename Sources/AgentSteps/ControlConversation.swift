internal import AgentProtocol
internal import ContainerHost
internal import ContainerIdentity
internal import Glibc
internal import HostAccess
internal import MigrationEngine
internal import MigrationJournal
internal import MigrationModel
internal import NodeConfiguration

/// What the source orders on one control session, order after order.
///
/// A refusal answers the order and the conversation goes on; an error of the journal ends the process.
actor ControlConversation {
    let node: DestinationNode
    /// What the source says of its journal.
    private let peer: PeerWitness
    /// The locks of the containers that this conversation works on, until it ends.
    private var locks: [HeldLock] = []
    /// What this conversation worked on, and has to leave in order.
    var touched: Set<HandOverReference> = []

    private final class HeldLock: Sendable {
        let lock: ContainerLock
        init(_ lock: consuming ContainerLock) { self.lock = lock }
    }

    init(node: DestinationNode, peer: PeerWitness) {
        self.node = node
        self.peer = peer
    }

    func answer(_ request: AgentRequest) async throws -> AgentAnswer {
        do {
            switch request {
            case .inspect(let arriving):
                return .inspected(try NodeInspector(node: self.node, arriving: arriving).inspect())
            case .accept(let reference, let container): try await self.accept(reference, container)
            case .prepare(let reference, let expected): try await self.prepare(reference, expected)
            case .commit(let reference): return try await self.commit(reference)
            case .abort(let reference, let reason): return try await self.abort(reference, reason)
            case .complete(let reference): try await self.complete(reference)
            }
            return .done
        } catch let refusal as AgentRefusal {
            return .refused(refusal)
        } catch let failure as StepFailure {
            return .refused(AgentRefusal(failure))
        } catch let error as NodeError {
            return .refused(AgentRefusal(.system, "\(error)"))
        } catch let error as ContainerLockError {
            return .refused(AgentRefusal(.locked, "\(error)"))
        }
    }

    /// The source has hung up, or the link is gone: what was not prepared is given up, what was is held, and what is
    /// here for good needs the source no more.
    func end() async throws {
        for reference in self.touched {
            guard var migration = try? self.node.migration(reference) else { continue }
            if migration.state == .accepted {
                _ = try await self.abort(reference, "the source hung up before the container was prepared")
            }
            if migration.mayEndAlone { try await self.complete(&migration) }
        }
    }

    private func accept(_ reference: HandOverReference, _ accepted: AcceptedContainer) async throws {
        let arrival = try Arrival(reference, accepted, on: self.node)
        try self.lock(arrival.plan)
        try arrival.check()
        let log = try self.log(of: arrival.plan.migration)
        let migration = try DestinationMigration(startingWith: .accepted(arrival.plan))
        try await log.append(.accepted(arrival.plan), leadingTo: migration)
        self.touched.insert(reference)
        try await DestinationSteps(node: self.node).work(.system) { [node] in
            try DestinationSteps(node: node).makePlaces(for: arrival.plan)
        }
    }

    private func prepare(_ reference: HandOverReference, _ expected: ExpectedContent) async throws {
        var migration = try self.locked(reference)
        if [.prepared, .committed, .resumed, .completed].contains(migration.state) { return }
        self.touched.insert(reference)
        let engine = try self.engine(migration, expected)
        // One that an earlier agent did not live to finish has failed.
        try await engine.settle(&migration)
        if migration.state == .accepted { try await engine.carryOut(.prepareContainer, of: &migration) }
        guard let failure = migration.failure else { return }
        try await engine.run(&migration)
        throw failure
    }

    /// The source has nothing more to ask. Whatever it said last may be said again: the journal answers.
    private func complete(_ reference: HandOverReference) async throws {
        var migration = try self.locked(reference)
        if migration.state.isEnded { return }
        guard [.resumed, .discarded].contains(migration.state) else {
            throw AgentRefusal(
                .protocolViolated, "migration \(reference.id) is \(migration.stateName): it is not complete")
        }
        try await self.complete(&migration)
    }

    /// Forgets what only the migration needed.
    func complete(_ migration: inout DestinationMigration) async throws {
        try await DestinationSteps(node: self.node).forget(migration.plan)
        try await self.engine(migration).record(.completed, in: &migration)
    }

    func engine(
        _ migration: DestinationMigration, _ expected: ExpectedContent? = nil
    ) throws -> MigrationEngine<DestinationSteps, MigrationLog<DestinationMigration>> {
        MigrationEngine(
            performer: DestinationSteps(node: self.node, expected: expected),
            log: try self.log(of: migration.migration))
    }

    private func log(of migration: MigrationID) throws -> MigrationLog<DestinationMigration> {
        try MigrationLog(of: migration, in: self.node.journal, peer: self.peer)
    }

    /// The migration as it stands once nobody else works on it: what was read before the lock was had may be old.
    func locked(_ reference: HandOverReference, succeeding: Bool = true) throws -> DestinationMigration {
        try self.lock(self.node.migration(reference).plan, succeeding: succeeding)
        return try self.node.migration(reference)
    }

    /// Takes the container's lock, if need be from an agent of an earlier session of the same migration: it serves a
    /// source that has long been speaking with this one, and only the network does not tell it.
    ///
    /// - Parameters:
    ///   - plan: of the container.
    ///   - succeeding: whether we speak for the source; whoever does not leaves a working agent alone.
    /// - Throws: `ContainerLockError` if somebody else has it.
    private func lock(_ plan: DestinationPlan, succeeding: Bool = true) throws {
        guard !self.locks.contains(where: { $0.lock.id == plan.container }) else { return }
        let purpose = "arriving by migration \(plan.migration)"
        if succeeding, let holder = ContainerLock.holder(of: plan.container, in: self.node.registry.global),
            holder.purpose == purpose, holder.process != getpid(), let agent = HostProcess(holder.process)
        {
            agent.send(SIGKILL)
            _ = agent.waitUntilGone(.seconds(5))
            let logs = ArrivalDirectories(node: self.node, plan: plan).logs
            try HostedContainer.endLeftovers(logs: logs)
        }
        self.locks.append(
            HeldLock(
                try ContainerLock(of: plan.container, in: self.node.registry.global, purpose: purpose)))
    }
}
