internal import AgentProtocol
internal import MigrationJournal
internal import MigrationModel

/// What this node's journal has to say of a hand-over that the destination reports as unfinished.
struct EarlierOutcome {
    let journal: JournalStore

    /// The orders that end it there; none for a hand-over that is not from here, or that is being worked on.
    func orders(for reference: HandOverReference, current: MigrationID) -> [AgentRequest] {
        guard let id = MigrationID(reference.id), id != current,
            let migration = try? self.journal.replay(id, as: SourceMigration.self)
        else { return [] }
        switch migration.state {
        case .completed, .copied: return [.commit(reference), .complete(reference)]
        case .rolledBack, .abortOwed:
            return [.abort(reference, because: migration.failure?.message ?? "it was rolled back")]
        // Its own run is going to end it.
        case .planned, .checked, .accepted, .fenced, .synced, .frozen, .dumped, .restored, .committed, .confirmed,
            .rollingBack:
            return []
        }
    }
}
