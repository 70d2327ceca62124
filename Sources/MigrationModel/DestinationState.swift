/// Where a migration stands at the destination.
package enum DestinationState: String, CaseIterable, Codable, Sendable {
    case accepted
    /// In doubt until the source's word: holds, stopped and dark; never starts, never deletes.
    case prepared
    case committed
    /// The source's again: nothing ran here and nothing ever will; waits for the abort.
    case handedBack
    case resumed
    case completed
    /// An operator decided that it be removed.
    case discarding
    /// Removed on an operator's word; open until the source has said the same or the opposite.
    case discarded
    case aborting
    case aborted

    /// Whether nothing is left to do.
    package var isEnded: Bool {
        switch self {
        case .completed, .aborted: true
        case .accepted, .prepared, .committed, .handedBack, .resumed, .discarding, .discarded, .aborting: false
        }
    }
}
