internal import Container
internal import Engine
package import HandOver
package import Journal
internal import Transfer

/// What the source orders on one control session, order after order.
///
/// A refusal answers the order and the conversation goes on; an error of the journal ends the process.
package actor ControlConversation {
    let host: any DestinationHost
    /// What the source says of its journal.
    private let peer: PeerWitness
    /// The locks of the containers that this conversation works on, until it ends.
    private var locks: [any HeldContainer] = []
    /// What this conversation worked on, and has to leave in order.
    var touched: Set<HandOverReference> = []

    package init(host: any DestinationHost, peer: PeerWitness) {
        self.host = host
        self.peer = peer
    }

    package func answer(_ request: AgentRequest) async throws -> AgentAnswer {
        let answer = try await self.carryOut(request)
        try self.releaseEnded()
        return answer
    }

    private func carryOut(_ request: AgentRequest) async throws -> AgentAnswer {
        do {
            switch request {
            case .seek(let sought): return .sought(try self.seek(sought))
            case .inspect(let arriving, let questions):
                let inspector = NodeInspector(host: self.host, arriving: arriving, questions: questions)
                return .inspected(try inspector.inspect())
            case .accept(let reference, let container): try await self.accept(reference, container)
            case .prepare(let reference, let expected): try await self.prepare(reference, expected)
            case .commit(let reference): return try await self.commit(reference)
            case .abort(let reference, let reason): return try await self.abort(reference, reason)
            case .recall(let reference, let reason): return try await self.recall(reference, reason)
            case .complete(let reference): try await self.complete(reference)
            }
            return .done
        } catch let failure as StepFailure {
            return .refused(failure)
        } catch let error as any ErrorWithStatus {
            return .refused(StepFailure(error, at: .destination))
        }
    }

    /// How long the source may be silent: for ever while it sends data. Once there is a vote it has only words left to
    /// say, and a container's lock must not wait for a server that has lost its power.
    package func patience() throws -> Duration? {
        let states = try self.touched.map { try self.host.migration($0).state }
        return states.isEmpty || states.contains(.accepted) ? nil : .seconds(120)
    }

    /// The source has hung up, or the link is gone: what was not prepared is given up, what was is held, and what is
    /// here for good needs the source no more.
    ///
    /// - Throws: what was not left in order, and why; all else was.
    package func end() async throws {
        var failure: (any Error)?
        for reference in self.touched {
            do { try await self.end(reference) } catch {
                guard error is StepFailure else { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func end(_ reference: HandOverReference) async throws {
        var migration = try self.host.migration(reference)
        if migration.phase == .accepted {
            _ = try await self.abort(reference, "the source hung up before the container was prepared")
        }
        if migration.mayEndAlone { try await self.complete(&migration) }
    }

    private func accept(_ reference: HandOverReference, _ accepted: AcceptedContainer) async throws {
        let arrival = try Acceptance(reference, accepted, on: self.host)
        // From here on this agent waits for ever: a session after it has to be able to find and end it.
        if let announcementFailure = try self.lock(arrival.plan).announcementFailure { throw announcementFailure }
        try arrival.check()
        _ = try await self.engine(arrival.plan.migration).begin(with: .accepted(arrival.plan))
        self.touched.insert(reference)
        let site = self.host.site(of: arrival.plan)
        try await DestinationSteps(host: self.host).work(.system) { try site.makePlaces() }
    }

    private func prepare(_ reference: HandOverReference, _ expected: ContentDigests) async throws {
        var migration = try self.locked(reference)
        if [.prepared, .committed, .resumed, .completed].contains(migration.phase) { return }
        let engine = try self.engine(migration, expected)
        // One that an earlier agent did not live to finish has failed.
        try await engine.resolveStepInFlight(of: &migration)
        if migration.phase == .accepted { try await engine.carryOut(.prepareContainer, of: &migration) }
        guard let failure = migration.failure else { return }
        try await engine.run(&migration)
        throw failure
    }

    /// The source has nothing more to ask. Whatever it said last may be said again: the journal answers.
    private func complete(_ reference: HandOverReference) async throws {
        var migration = try self.locked(reference)
        if migration.phase.isEnded { return }
        if migration.phase == .handedBack { return try await self.keep(&migration) }
        // A start that was cut short is tried again.
        if migration.loss != nil { try await self.engine(migration).resolveStepInFlight(of: &migration) }
        try await self.endPages(of: &migration)
        guard [.resumed, .discarded].contains(migration.phase) else {
            throw StepFailure(
                .protocolViolated, "migration \(reference.id) is \(migration.stateName): it is not complete")
        }
        try await self.complete(&migration)
    }

    /// Forgets what only the migration needed.
    func complete(_ migration: inout DestinationMigration) async throws {
        try await DestinationSteps(host: self.host).forget(migration)
        try await self.engine(migration).record(.completed, in: &migration)
    }

    func engine(
        _ migration: DestinationMigration, _ expected: ContentDigests? = nil
    ) throws -> MigrationEngine<DestinationMigration> {
        try self.engine(migration.migration, expected)
    }

    private func engine(
        _ migration: UniqueID, _ expected: ContentDigests? = nil
    ) throws -> MigrationEngine<DestinationMigration> {
        MigrationEngine(
            performer: DestinationSteps(host: self.host, expected: expected),
            log: try self.host.records.log(of: migration, as: DestinationMigration.self, peer: self.peer))
    }

    /// The migration as it stands once nobody else works on it: what was read before the lock was had may be old.
    func locked(_ reference: HandOverReference, succeeding: Bool = true) throws -> DestinationMigration {
        _ = try self.lock(self.host.migration(reference).plan, succeeding: succeeding)
        self.touched.insert(reference)
        return try self.host.migration(reference)
    }

    /// What has ended, or was never begun, is nobody's any more: an agent whose source is gone without a word must not
    /// keep the container's next migration waiting.
    private func releaseEnded() throws {
        let records = self.host.records
        let ended = try self.locks.map(\.migration).filter {
            try records.replay($0, as: DestinationMigration.self)?.phase.isEnded ?? true
        }
        self.locks.removeAll { ended.contains($0.migration) }
    }

    /// One that is held for another migration of the same container is let go first: its file has to say for which.
    private func lock(_ plan: DestinationPlan, succeeding: Bool = true) throws -> any HeldContainer {
        if let held = self.locks.first(where: { $0.id == plan.container && $0.migration == plan.migration }) {
            return held
        }
        self.locks.removeAll { $0.id == plan.container }
        let lock = try self.host.lock(plan, succeeding: succeeding)
        self.locks.append(lock)
        return lock
    }
}
