extension DestinationState {
    /// The table of the destination: a row an event, saying which states take it and what they become.
    func applying(_ event: DestinationEvent) throws(InvalidTransition) -> DestinationState {
        switch event {
        case .accepted: throw InvalidTransition(from: self, on: event)
        case .stepStarted: self
        case .prepared: try self.moving([.accepted], to: .prepared, on: event)
        case .committed: try self.moving([.prepared], to: .committed, on: event)
        case .resumed: try self.moving([.committed], to: .resumed, on: event)
        case .handedBack: try self.moving([.committed], to: .handedBack, on: event)
        case .pagesArrived: try self.moving([.resumed], to: .resumed, on: event)
        case .pagesLost: try self.moving([.resumed, .committed], to: .committed, on: event)
        case .completed: try self.afterEnd(on: event)
        case .abortOrdered:
            // Of one that was let go the machine knows whether it may be taken back.
            try self.moving(
                [.accepted, .prepared, .committed, .resumed, .handedBack, .discarded], to: .aborting, on: event)
        case .aborted: try self.afterRemoval(on: event)
        case .assumed(let decision): try self.assuming(decision, on: event)
        case .contradicted: try self.afterContradiction(on: event)
        case .stepFailed: try self.afterFailure(on: event)
        }
    }

    private func assuming(
        _ decision: OperatorDecision, on event: DestinationEvent
    ) throws(InvalidTransition) -> DestinationState {
        // Of one that is committed the machine knows whether there is anything to decide.
        let inDoubt: [DestinationState] = [.prepared, .handedBack, .committed]
        return switch decision.outcome {
        case .committed: try self.moving(inDoubt, to: .committed, on: event)
        case .aborted: try self.moving(inDoubt, to: .discarding, on: event)
        }
    }

    /// The source has heard how it ended here.
    private func afterEnd(on event: DestinationEvent) throws(InvalidTransition) -> DestinationState {
        switch self {
        case .resumed: .completed
        case .discarded: .aborted
        case .accepted, .prepared, .committed, .handedBack, .completed, .discarding, .aborting, .aborted:
            throw InvalidTransition(from: self, on: event)
        }
    }

    private func afterRemoval(on event: DestinationEvent) throws(InvalidTransition) -> DestinationState {
        switch self {
        case .aborting: .aborted
        case .discarding: .discarded
        case .accepted, .prepared, .committed, .handedBack, .resumed, .completed, .discarded, .aborted:
            throw InvalidTransition(from: self, on: event)
        }
    }

    /// A container that is here stays here, whatever the source says; what was removed stays removed.
    private func afterContradiction(on event: DestinationEvent) throws(InvalidTransition) -> DestinationState {
        switch self {
        case .committed, .handedBack, .resumed, .completed, .discarded, .aborted: self
        case .accepted, .prepared, .discarding, .aborting:
            throw InvalidTransition(from: self, on: event)
        }
    }

    private func moving(
        _ origins: [DestinationState], to next: DestinationState, on event: DestinationEvent
    ) throws(InvalidTransition) -> DestinationState {
        guard origins.contains(self) else { throw InvalidTransition(from: self, on: event) }
        return next
    }

    private func afterFailure(on event: DestinationEvent) throws(InvalidTransition) -> DestinationState {
        switch self {
        case .accepted: .aborting
        // Past the word of the source, and while removing, it is tried again; a failure changes nothing.
        case .committed, .discarding, .aborting: self
        case .prepared, .handedBack, .resumed, .completed, .discarded, .aborted:
            throw InvalidTransition(from: self, on: event)
        }
    }
}
