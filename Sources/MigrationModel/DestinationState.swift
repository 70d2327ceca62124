/// Where a migration stands at the destination.
package enum DestinationState: String, CaseIterable, Codable, Sendable {
    case accepted
    /// In doubt until the source's word: holds, stopped and dark; never starts, never deletes.
    case prepared
    case committed
    case resumed
    case completed
    case aborting
    case aborted

    /// Whether nothing is left to do.
    package var isEnded: Bool {
        switch self {
        case .completed, .aborted: true
        case .accepted, .prepared, .committed, .resumed, .aborting: false
        }
    }
}
