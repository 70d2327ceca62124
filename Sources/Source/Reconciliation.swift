package import Engine
package import HandOver
internal import Journal
internal import SSH
internal import Transfer

/// What this node's journal has to say of a hand-over that the destination reports as unfinished.
package struct Reconciliation: Sendable {
    private let records: any MigrationRecords
    private let complain: @Sendable (String) -> Void

    /// - Parameters:
    ///   - records: this node's journal.
    ///   - complain: takes the sentence about a destination whose story is another one.
    package init(of records: any MigrationRecords, complain: @escaping @Sendable (String) -> Void) {
        self.records = records
        self.complain = complain
    }

    /// Tells the destination how it ended; does nothing for a hand-over that is not from here, or that is being worked
    /// on.
    ///
    /// - Parameters:
    ///   - reference: as the destination reports it.
    ///   - current: the migration that speaks with the destination.
    ///   - exchange: sends one order and brings its answer.
    /// - Throws: the destination's refusal, or why it was not heard; `JournalError` if the journal cannot be read.
    package func reconcile(
        _ reference: HandOverReference, current: UniqueID, _ exchange: AgentExchange
    ) async throws {
        guard let id = UniqueID(parsing: reference.id), id != current,
            let migration = try self.records.replay(id, as: SourceMigration.self)
        else { return }
        switch migration.phase {
        case .completed, .copied: try await self.confirm(reference, migration, exchange)
        case .rolledBack, .abortOwed, .contradicted:
            let reason = migration.failure?.message ?? "it was rolled back"
            guard case .contradicted(let story) = try await exchange(.abort(reference, because: reason)),
                migration.phase == .rolledBack, migration.contradiction == nil
            else { return }
            try await self.record(StepFailure(.inDoubt, story.message), in: migration)
        // Its own run is going to end it.
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .committed,
            .confirmed, .served, .rollingBack:
            return
        }
    }

    private func confirm(
        _ reference: HandOverReference, _ migration: SourceMigration, _ exchange: AgentExchange
    ) async throws {
        do {
            if case .handedBack(let story) = try await exchange(.commit(reference)), migration.contradiction == nil {
                try await self.record(Self.lost(migration, story), in: migration)
            }
        } catch {
            // It has not got all of its memory, and never will: that its original is gone is what ends its doubt.
            guard migration.plan.kind.isLazy, (error as? StepFailure)?.status == .inDoubt else { throw error }
        }
        _ = try await exchange(.complete(reference))
    }

    private static func lost(_ migration: SourceMigration, _ story: StepFailure) -> StepFailure {
        let plan = migration.plan
        let sentence =
            "CT \(plan.container) was released here and is not at \(plan.places.destination) either: \(story.message); "
            + "its area \(Self.place(of: plan))"
        return StepFailure(.inDoubt, sentence)
    }

    private static func place(of plan: MigrationPlan) -> String {
        if plan.sharesStorage {
            return "is still \(plan.places.privateArea), on the storage that both share, and fenced"
        }
        return plan.removesArea ? "here is removed" : "here is \(plan.places.privateArea).migrated"
    }

    private func record(_ story: StepFailure, in migration: SourceMigration) async throws {
        self.complain(story.message)
        var migration = migration
        let log = try self.records.log(of: migration.migration, as: SourceMigration.self, peer: PeerWitness())
        try await EventRecorder(log: log).record(.contradicted(story), in: &migration)
    }
}
