/// A state of the destination by its name alone, as the journal keeps it and people see it.
package enum DestinationPhase: String, CaseIterable, Codable, Sendable {
    case accepted, prepared, committed, handedBack, resumed, completed
    case discarding, discarded, aborting, aborted

    /// Whether nothing is left to do.
    package var isEnded: Bool {
        switch self {
        case .completed, .aborted: true
        case .accepted, .prepared, .committed, .handedBack, .resumed, .discarding, .discarded, .aborting: false
        }
    }
}

extension DestinationState {
    package var phase: DestinationPhase {
        switch self {
        case .accepted: .accepted
        case .prepared: .prepared
        case .committed: .committed
        case .handedBack: .handedBack
        case .resumed, .awaitingPages: .resumed
        case .completed: .completed
        case .discarding: .discarding
        case .discarded: .discarded
        case .aborting: .aborting
        case .aborted: .aborted
        }
    }
}

/// What others ask of it.
extension DestinationMigration {
    /// Where the state stands, by name.
    package var phase: DestinationPhase { self.state.phase }

    /// Whether it runs here while some of its memory is still at the source (post-copy).
    package var awaitsPages: Bool {
        if case .awaitingPages = self.state { return true }
        return false
    }

    /// Whether the source may have it back although it was let go here, or may have been.
    package var mayBeTakenBack: Bool {
        (self.phase == .committed || self.phase == .resumed) && self.state.mayBeAborted(during: self.stepInFlight)
    }

    /// Whether it is here for good, or gone for good, and the source, however often it repeats itself, is answered from
    /// the journal. What an operator decided stays open until the source has said the same or the opposite.
    package var mayEndAlone: Bool {
        switch self.state {
        case .resumed: self.decision == nil || self.contradiction != nil
        case .discarded: self.contradiction != nil
        case .accepted, .prepared, .committed, .handedBack, .awaitingPages, .completed, .discarding, .aborting,
            .aborted:
            false
        }
    }

    /// Whether an operator may decide in the source's place.
    package var takesDecision: Bool {
        self.state.assuming(OperatorDecision(.committed, because: "")) != nil
    }

    /// Whether an instruction of the container may have run here although it was not seen to run.
    package var mayHaveRun: Bool { self.activation?.mayHaveRun ?? false }

    /// Why some of its memory will never come; `nil` where it came, or may still come.
    package var loss: StepFailure? { self.activation?.loss }

    private var activation: DestinationState.Activation? {
        if case .committed(let activation) = self.state { return activation }
        return nil
    }

    /// How the container was let go; `nil` before that, and where it was not.
    package var resumed: DestinationState.Resumed? {
        switch self.state {
        case .resumed(let resumed), .completed(let resumed): resumed
        case .awaitingPages(let isRunning):
            DestinationState.Resumed(isRunning: isRunning, isMemoryLost: false, postCopy: nil)
        case .accepted, .prepared, .committed, .handedBack, .discarding, .discarded, .aborting, .aborted: nil
        }
    }

    /// Why the migration is being aborted, was aborted, or was handed back; `nil` where it was not.
    package var failure: StepFailure? {
        switch self.state {
        case .handedBack(let failure), .aborting(let failure): failure
        case .aborted(let failure): failure
        case .accepted, .prepared, .committed, .resumed, .awaitingPages, .completed, .discarding, .discarded: nil
        }
    }
}
