internal import AgentProtocol
internal import MigrationJournal
internal import MigrationModel
internal import MigrationSteps

/// What this node's journal has to say of a hand-over that the destination reports as unfinished.
struct EarlierOutcome {
    let journal: JournalStore

    /// Tells the destination how it ended; does nothing for a hand-over that is not from here, or that is being worked
    /// on.
    ///
    /// - Parameters:
    ///   - reference: as the destination reports it.
    ///   - current: the migration that speaks with the destination.
    ///   - exchange: sends one order and brings its answer.
    /// - Throws: the destination's refusal, or why it was not heard; `JournalError` if the journal cannot be read.
    func settle(
        _ reference: HandOverReference, current: MigrationID, _ exchange: DestinationLink.Exchange
    ) async throws {
        guard let id = MigrationID(reference.id), id != current,
            let migration = try self.journal.replay(id, as: SourceMigration.self)
        else { return }
        switch migration.state {
        case .completed, .copied: try await self.confirm(reference, migration, exchange)
        case .rolledBack, .abortOwed, .contradicted:
            let reason = migration.failure?.message ?? "it was rolled back"
            guard case .contradicted(let story) = try await exchange(.abort(reference, because: reason)),
                migration.state == .rolledBack, migration.contradiction == nil
            else { return }
            try await self.record(StepFailure(.inDoubt, story.message), in: migration)
        // Its own run is going to end it.
        case .planned, .checked, .accepted, .fenced, .synced, .frozen, .dumped, .restored, .committed, .confirmed,
            .rollingBack:
            return
        }
    }

    private func confirm(
        _ reference: HandOverReference, _ migration: SourceMigration, _ exchange: DestinationLink.Exchange
    ) async throws {
        if case .handedBack(let story) = try await exchange(.commit(reference)), migration.contradiction == nil {
            try await self.record(Self.lost(migration, story), in: migration)
        }
        _ = try await exchange(.complete(reference))
    }

    private static func lost(_ migration: SourceMigration, _ story: AgentRefusal) -> StepFailure {
        let plan = migration.plan
        let sentence =
            "CT \(plan.container) was released here and is not at \(plan.places.destination) either: \(story.message); "
            + "its area here is \(plan.removesArea ? "removed" : "\(plan.places.privateArea).migrated")"
        return StepFailure(.inDoubt, sentence)
    }

    private func record(_ story: StepFailure, in migration: SourceMigration) async throws {
        Output.complain(story.message)
        var migration = migration
        try migration.apply(.contradicted(story))
        try await MigrationLog(of: migration.migration, in: self.journal, peer: PeerWitness())
            .append(.contradicted(story), leadingTo: migration)
    }
}
