/// A migration as its destination sees it: the fold of the events in the destination's journal.
package struct DestinationMigration: MigrationMachine {
    package let plan: DestinationPlan
    package private(set) var state: DestinationState
    package private(set) var stepInFlight: DestinationStep?
    /// What was verified before `prepared`; `nil` before it.
    package private(set) var dump: ContainerDump?
    /// Whether the container ran when it was let go; `nil` before that.
    package private(set) var isRunning: Bool?

    /// Whether the memory that was dumped is lost, and the container was started anew.
    package private(set) var isMemoryLost = false
    /// Whether an activation was begun and did not come through: an instruction of the container may have run here.
    package private(set) var mayHaveRun = false
    /// What an operator decided in the source's place; `nil` if nobody had to.
    package private(set) var decision: OperatorDecision?
    /// The source's other story; `nil` if there is none.
    package private(set) var contradiction: StepFailure?
    /// Whether the source has contradicted since anybody decided here: only an operator may go on.
    private var isHeldBack = false

    /// Why the migration is being discarded, or was handed back; `nil` while it is not.
    package private(set) var failure: StepFailure?

    package var migration: MigrationID { self.plan.migration }

    package init(startingWith event: DestinationEvent) throws(InvalidTransition) {
        guard case .accepted(let plan) = event else { throw InvalidTransition(from: "not begun", on: event) }
        self.plan = plan
        self.state = .accepted
    }

    package mutating func apply(_ event: DestinationEvent) throws(InvalidTransition) {
        if case .stepStarted(let step) = event {
            guard self.mayStart(step) else { throw InvalidTransition(from: self.state, on: event) }
            self.stepInFlight = step
            return
        }
        if case .abortOrdered = event, self.state == .committed, self.mayHaveRun || self.stepInFlight != nil {
            throw InvalidTransition(from: self.state, on: event)
        }
        if case .assumed = event, !self.takesDecision { throw InvalidTransition(from: self.state, on: event) }
        self.state = try self.state.applying(event)
        self.noteActivation(cutShortBy: event)
        self.stepInFlight = nil
        switch event {
        case .prepared(let dump): self.dump = dump
        case .resumed(let isRunning, let memoryLost): (self.isRunning, self.isMemoryLost) = (isRunning, memoryLost)
        case .stepFailed(.prepareContainer, let failure), .abortOrdered(let failure), .handedBack(let failure):
            self.failure = failure
        case .assumed(let decision): (self.decision, self.isHeldBack) = (decision, false)
        case .contradicted(let story): (self.contradiction, self.isHeldBack) = (story, true)
        case .accepted, .stepStarted, .stepFailed, .committed, .completed, .aborted: break
        }
    }

    /// An activation that ends in anything but its own facts may have let an instruction run.
    private mutating func noteActivation(cutShortBy event: DestinationEvent) {
        guard self.stepInFlight == .activateContainer else { return }
        switch event {
        case .resumed, .handedBack: break
        case .accepted, .stepStarted, .stepFailed, .prepared, .committed, .completed, .abortOrdered, .aborted, .assumed,
            .contradicted:
            self.mayHaveRun = true
        }
    }

    /// Preparing is ordered by the source; every other step follows from the state.
    private func mayStart(_ step: DestinationStep) -> Bool {
        guard self.stepInFlight == nil else { return false }
        return step == self.nextStep || (step == .prepareContainer && self.state == .accepted)
    }

    /// Whether it is here for good, or gone for good, and the source, however often it repeats itself, is answered from
    /// the journal. What an operator decided stays open until the source has said the same or the opposite.
    package var mayEndAlone: Bool {
        switch self.state {
        case .resumed: self.decision == nil || self.contradiction != nil
        case .discarded: self.contradiction != nil
        case .accepted, .prepared, .committed, .handedBack, .completed, .discarding, .aborting, .aborted: false
        }
    }

    /// Whether an operator may decide in the source's place.
    package var takesDecision: Bool {
        switch self.state {
        case .prepared, .handedBack: true
        case .committed: self.isHeldBack
        case .accepted, .resumed, .completed, .discarding, .discarded, .aborting, .aborted: false
        }
    }

    package var nextStep: DestinationStep? {
        switch self.state {
        case .accepted, .prepared, .handedBack, .resumed, .completed, .discarded, .aborted: nil
        // Once the source has said that the container is its own again, only an operator may start it here too.
        case .committed: self.isHeldBack ? nil : .activateContainer
        case .discarding, .aborting: .discardContainer
        }
    }

    package static func started(_ step: DestinationStep) -> DestinationEvent { .stepStarted(step) }
    package static func failed(_ step: DestinationStep, _ failure: StepFailure) -> DestinationEvent {
        .stepFailed(step, failure)
    }
}
