/// A state of the source by its name alone, as the journal keeps it and people see it.
package enum SourcePhase: String, CaseIterable, Codable, Sendable {
    case planned, checked, accepted, fenced, synced, iterated, frozen, dumped, restored
    case committed, confirmed, served, completed, copied
    case rollingBack, abortOwed, rolledBack, contradicted

    /// Whether nothing is left to do.
    package var isEnded: Bool {
        switch self {
        case .completed, .copied, .rolledBack, .contradicted: true
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .committed,
            .confirmed, .served, .rollingBack, .abortOwed:
            false
        }
    }

    /// Whether the hand-over is decided and not taken back: the source must not run the original by itself.
    package var isPastCommit: Bool {
        switch self {
        case .committed, .confirmed, .served, .completed, .copied: true
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .rollingBack,
            .abortOwed, .rolledBack, .contradicted:
            false
        }
    }
}

extension SourceState {
    package var phase: SourcePhase {
        switch self {
        case .planned: .planned
        case .checked: .checked
        case .accepted: .accepted
        case .fenced: .fenced
        case .synced: .synced
        case .iterated: .iterated
        case .frozen: .frozen
        case .dumped: .dumped
        case .restored: .restored
        case .committed: .committed
        // The hand-over is confirmed; only the rest of its memory is still on its way.
        case .confirmed, .serving: .confirmed
        case .served: .served
        case .completed: .completed
        case .copied: .copied
        case .rollingBack: .rollingBack
        case .abortOwed: .abortOwed
        case .rolledBack: .rolledBack
        case .contradicted: .contradicted
        }
    }
}

/// What is told of a migration by its source: in its result, its progress and its record.
package struct SourceHistory: Hashable, Sendable {
    /// What its checks had found and waived.
    package private(set) var waived: [CheckFinding] = []
    /// The rounds over its memory (pre-copy).
    package private(set) var rounds: [MemoryRound] = []
    /// What the destination had to hold; `nil` before the dump.
    package private(set) var dump: ContainerDump?
    /// The destination's confirmation; `nil` before it.
    package private(set) var handOver: ConfirmedHandOver?
    /// How the rest of its memory has arrived; `nil` without post-copy, or while it is not all there.
    package private(set) var postCopy: PostCopyResult?
    /// Whether post-copy ended without all of its memory, so that it was, or is, started anew over there.
    package private(set) var isPostCopyAbandoned = false

    mutating func take(_ event: SourceEvent) {
        switch event {
        case .checksPassed(let findings): self.waived = findings
        case .memorySent(let round): self.rounds.append(round)
        case .containerDumped(let dump): self.dump = dump
        case .destinationConfirmed(let handOver): self.handOver = handOver
        case .postCopyFinished(let result): self.postCopy = result
        case .postCopyAbandoned: self.isPostCopyAbandoned = true
        case .planned, .stepStarted, .stepFailed, .interrupted, .destinationAccepted, .fenceRaised, .treeSynced,
            .containerFrozen, .destinationPrepared, .commitDecided, .commitRevoked, .sourceReleased, .copyRegistered,
            .sourceRolledBack, .abortAcknowledged, .assumed, .contradicted:
            break
        }
    }
}
