/// Where a migration stands at the source.
package enum SourceState: String, CaseIterable, Codable, Sendable {
    case planned
    case checked
    case accepted
    case fenced
    case synced
    case frozen
    case dumped
    case restored
    case committed
    case confirmed
    case completed
    case copied
    case rollingBack
    case abortOwed
    case rolledBack

    /// Whether nothing is left to do.
    package var isEnded: Bool {
        switch self {
        case .completed, .copied, .rolledBack: true
        case .planned, .checked, .accepted, .fenced, .synced, .frozen, .dumped, .restored, .committed, .confirmed,
            .rollingBack, .abortOwed:
            false
        }
    }

    /// Whether the source has given the container away, for good.
    package var isPastCommit: Bool {
        switch self {
        case .committed, .confirmed, .completed: true
        case .planned, .checked, .accepted, .fenced, .synced, .frozen, .dumped, .restored, .copied, .rollingBack,
            .abortOwed, .rolledBack:
            false
        }
    }
}
