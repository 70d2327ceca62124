extension DestinationState {
    /// The table of the destination: a row an event, saying which states take it and what they become.
    func applying(_ event: DestinationEvent) throws(InvalidTransition) -> DestinationState {
        switch event {
        case .accepted: throw InvalidTransition(from: self, on: event)
        case .stepStarted: self
        case .prepared: try self.moving([.accepted], to: .prepared, on: event)
        case .committed: try self.moving([.prepared], to: .committed, on: event)
        case .resumed: try self.moving([.committed], to: .resumed, on: event)
        case .completed: try self.moving([.resumed], to: .completed, on: event)
        case .abortOrdered: try self.moving([.accepted, .prepared], to: .aborting, on: event)
        case .aborted: try self.moving([.aborting], to: .aborted, on: event)
        case .stepFailed: try self.afterFailure(on: event)
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
        case .committed, .aborting: self
        case .prepared, .resumed, .completed, .aborted: throw InvalidTransition(from: self, on: event)
        }
    }
}
