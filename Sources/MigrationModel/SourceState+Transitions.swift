extension SourceState {
    /// The table of the source: a row an event, saying which states take it and what they become.
    ///
    /// Neither switch has a `default`: a new event or a new state must say here what it does. (One switch over the pair
    /// of both is more than the compiler can check for completeness.)
    func applying(_ event: SourceEvent) throws(InvalidTransition) -> SourceState {
        switch event {
        case .planned: throw InvalidTransition(from: self, on: event)
        case .stepStarted: self
        case .checksPassed: try self.moving([.planned], to: .checked, on: event)
        case .destinationAccepted: try self.moving([.checked], to: .accepted, on: event)
        case .fenceRaised: try self.moving([.accepted], to: .fenced, on: event)
        case .treeSynced: try self.moving([.accepted, .fenced], to: .synced, on: event)
        case .memorySent: try self.moving([.synced, .iterated], to: .iterated, on: event)
        case .containerFrozen: try self.moving([.synced, .iterated], to: .frozen, on: event)
        case .containerDumped: try self.moving([.frozen], to: .dumped, on: event)
        case .destinationPrepared: try self.moving([.synced, .dumped], to: .restored, on: event)
        case .commitDecided: try self.moving([.restored], to: .committed, on: event)
        case .destinationConfirmed: try self.moving([.committed], to: .confirmed, on: event)
        case .pagesServed, .memoryForsaken: try self.moving([.confirmed], to: .served, on: event)
        case .sourceReleased: try self.moving([.confirmed, .served], to: .completed, on: event)
        case .copyRegistered: try self.moving([.confirmed], to: .copied, on: event)
        case .commitRevoked: try self.moving([.committed, .confirmed], to: .rollingBack, on: event)
        case .sourceRestored: try self.moving([.rollingBack], to: .abortOwed, on: event)
        case .abortAcknowledged: try self.moving([.abortOwed], to: .rolledBack, on: event)
        case .assumed(let decision): try self.assuming(decision, on: event)
        case .contradicted: try self.afterContradiction(on: event)
        case .stepFailed, .interrupted: try self.afterFailure(on: event)
        }
    }

    private func moving(
        _ origins: [SourceState], to next: SourceState, on event: SourceEvent
    ) throws(InvalidTransition) -> SourceState {
        guard origins.contains(self) else { throw InvalidTransition(from: self, on: event) }
        return next
    }

    /// In doubt it is either end; what is only owed to a destination that is gone for good is owed no more.
    private func assuming(
        _ decision: OperatorDecision, on event: SourceEvent
    ) throws(InvalidTransition) -> SourceState {
        switch (self, decision.outcome) {
        case (.committed, .committed): .confirmed
        case (.confirmed, .committed), (.served, .committed): .served
        case (.committed, .aborted), (.confirmed, .aborted): .rollingBack
        case (.abortOwed, .aborted): .rolledBack
        case (_, .committed), (_, .aborted): throw InvalidTransition(from: self, on: event)
        }
    }

    private func afterContradiction(on event: SourceEvent) throws(InvalidTransition) -> SourceState {
        switch self {
        case .abortOwed: .contradicted
        case .completed, .copied, .rolledBack, .contradicted: self
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .committed,
            .confirmed, .served, .rollingBack:
            throw InvalidTransition(from: self, on: event)
        }
    }

    private func afterFailure(on event: SourceEvent) throws(InvalidTransition) -> SourceState {
        switch self {
        // Nothing was changed anywhere before the destination was asked to accept.
        case .planned: .rolledBack
        case .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored: .rollingBack
        // What must be done is tried again for as long as it takes; a failure changes nothing.
        case .committed, .confirmed, .served, .rollingBack, .abortOwed: self
        case .completed, .copied, .rolledBack, .contradicted: throw InvalidTransition(from: self, on: event)
        }
    }
}
