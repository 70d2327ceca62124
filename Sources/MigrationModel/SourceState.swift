/// Where a migration stands at the source.
package enum SourceState: String, CaseIterable, Codable, Sendable {
    case planned
    case checked
    case accepted
    case fenced
    case synced
    /// At least one round of memory is with the destination; the container still runs.
    case iterated
    case frozen
    case dumped
    case restored
    case committed
    case confirmed
    /// Of memory that follows its container nothing is owed any more.
    case served
    case completed
    case copied
    case rollingBack
    case abortOwed
    case rolledBack
    /// It was rolled back here while the destination has let it go: two copies may run. For an operator to sort out.
    case contradicted

    /// Whether nothing is left to do.
    package var isEnded: Bool {
        switch self {
        case .completed, .copied, .rolledBack, .contradicted: true
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .committed,
            .confirmed, .served, .rollingBack, .abortOwed:
            false
        }
    }

    /// Whether it is decided: the container is the destination's for good, or the copy is to be registered there.
    package var isPastCommit: Bool {
        switch self {
        case .committed, .confirmed, .served, .completed, .copied: true
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .rollingBack,
            .abortOwed,
            .rolledBack, .contradicted:
            false
        }
    }
}
