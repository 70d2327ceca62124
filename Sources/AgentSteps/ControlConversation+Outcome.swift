internal import AgentProtocol
internal import MigrationEngine
internal import MigrationJournal
internal import MigrationModel

/// The source's last word on a hand-over. Each may come again, late, or against what an operator has decided here.
extension ControlConversation {
    /// The container is ours. Answered from the journal if the migration has gone on since.
    func commit(_ reference: HandOverReference) async throws -> AgentAnswer {
        var migration = try self.locked(reference)
        let engine = try self.engine(migration)
        if migration.state == .prepared { try await engine.record(.committed, in: &migration) }
        try await engine.run(&migration)
        if migration.awaitsPages { try await self.lookAfterPages(of: &migration) }
        if migration.state == .committed, let loss = migration.loss { throw AgentRefusal(.inDoubt, loss.message) }
        switch migration.state {
        case .resumed, .completed:
            return .activated(
                isRunning: migration.isRunning == true, memoryLost: migration.isMemoryLost,
                followed: migration.followed.map { FollowedPages(placed: $0.placed, dropped: $0.dropped) })
        case .handedBack, .aborted:
            return .handedBack(AgentRefusal(migration.failure ?? Self.discarded(migration)))
        case .discarded:
            if migration.contradiction == nil {
                try await engine.record(.contradicted(Self.discarded(migration)), in: &migration)
            }
            return .handedBack(AgentRefusal(Self.discarded(migration)))
        case .accepted, .prepared, .committed, .discarding, .aborting:
            throw AgentRefusal(.protocolViolated, "migration \(reference.id) is \(migration.stateName), not prepared")
        }
    }

    /// The migration is off; what was made for it goes. Whatever was let go here stays, and is reported.
    func abort(_ reference: HandOverReference, _ reason: String) async throws -> AgentAnswer {
        // What never arrived here needs no abort.
        guard let id = MigrationID(reference.id), try self.host.records.replay(id, as: DestinationMigration.self) != nil
        else { return .done }
        var migration = try self.locked(reference)
        if migration.state == .aborted { return .done }
        return try await self.abort(&migration, reason)
    }

    private func abort(_ migration: inout DestinationMigration, _ reason: String) async throws -> AgentAnswer {
        let engine = try self.engine(migration)
        if migration.state == .discarding { try await engine.run(&migration) }
        try await engine.settle(&migration)
        if migration.awaitsPages { try await self.lookAfterPages(of: &migration) }
        switch migration.state {
        // Nothing was let go yet, or it was ended: whoever decided so, here or at the source, is overruled in time.
        case .committed where migration.mayBeTakenBack:
            try await engine.record(.abortOrdered(StepFailure(.terminated, reason)), in: &migration)
        case .committed, .resumed, .completed:
            let story = Self.contradiction(migration, reason)
            if migration.contradiction == nil { try await engine.record(.contradicted(story), in: &migration) }
            // Its original goes on already, and so it will never have all of its memory.
            if migration.awaitsPages { try await self.lose("its original goes on", isForGood: false, &migration) }
            return .contradicted(AgentRefusal(story))
        case .accepted, .prepared, .handedBack, .discarded:
            try await engine.record(.abortOrdered(StepFailure(.terminated, reason)), in: &migration)
        case .discarding, .aborting, .aborted: break
        }
        try await engine.run(&migration)
        return .done
    }

    /// It was handed back to a source that has let its original go, on an operator's word: this is the last copy, and
    /// an operator here has to say what becomes of it.
    func keep(_ migration: inout DestinationMigration) async throws {
        guard migration.contradiction == nil else { return }
        let story = StepFailure(
            .inDoubt,
            "CT \(migration.plan.container) was handed back to its source, which has let its original go meanwhile: it "
                + "runs nowhere, and its memory is lost")
        try await self.engine(migration).record(.contradicted(story), in: &migration)
    }

    private static func discarded(_ migration: DestinationMigration) -> StepFailure {
        let why = migration.decision.map { "an operator decided so: \($0.reason)" } ?? "it had been aborted"
        return StepFailure(
            .cannotStart, "the restored copy of CT \(migration.plan.container) was discarded, \(why); nothing of it ran"
        )
    }

    private static func contradiction(_ migration: DestinationMigration, _ reason: String) -> StepFailure {
        let why = migration.decision.map { "an operator decided so: \($0.reason)" } ?? "its journal has the commit"
        return StepFailure(
            .inDoubt,
            "CT \(migration.plan.container) was let go here (\(why)) while its source rolled the hand-over back "
                + "(\(reason)): two copies of it may run; stop one of them")
    }
}
