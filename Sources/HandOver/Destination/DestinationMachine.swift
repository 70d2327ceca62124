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
    /// Why some of its memory will never come; `nil` where it came, or may still come.
    package private(set) var loss: StepFailure?
    /// How the memory that followed has come; `nil` where none followed, or it is not all here.
    package private(set) var followed: PostCopyResult?
    /// Whether the source has contradicted, or memory was lost, since anybody decided here: only an operator may go on.
    private var isHeldBack = false

    /// Why the migration is being discarded, or was handed back; `nil` while it is not.
    package private(set) var failure: StepFailure?

    package var migration: UniqueID { self.plan.migration }

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
        if !self.takes(event) { throw InvalidTransition(from: self.state, on: event) }
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
        case .pagesArrived(let memory): self.followed = memory
        case .pagesLost(let failure, let isForGood):
            (self.loss, self.isHeldBack, self.mayHaveRun) = (failure, !isForGood, true)
        case .accepted, .stepStarted, .stepFailed, .committed, .completed, .aborted: break
        }
    }

    /// What the state alone does not say of whether a fact can follow.
    private func takes(_ event: DestinationEvent) -> Bool {
        switch event {
        case .assumed: self.takesDecision
        case .abortOrdered where self.state == .committed || self.state == .resumed: self.mayBeTakenBack
        case .pagesArrived: self.awaitsPages
        case .pagesLost: self.awaitsPages || self.mayLosePages
        case .completed: !self.awaitsPages
        case .accepted, .stepStarted, .stepFailed, .prepared, .committed, .resumed, .handedBack, .abortOrdered,
            .aborted,
            .contradicted:
            true
        }
    }

    /// Whether it runs here while some of its memory is still at the source.
    package var awaitsPages: Bool {
        self.state == .resumed && self.plan.kind.isLazy && self.followed == nil && !self.isMemoryLost
    }

    /// Whether it is found to be gone, before it was known to run, or once more.
    private var mayLosePages: Bool {
        self.state == .committed && self.plan.kind.isLazy && self.followed == nil
            && (self.stepInFlight == .activateContainer || self.loss != nil && self.stepInFlight == nil)
    }

    /// Whether the source may have it back although it was let go here, or may have been. Memory that has not come can
    /// only be had so: its original is still frozen, and the source's operator has decided.
    package var mayBeTakenBack: Bool {
        switch self.state {
        case .committed: self.stepInFlight == nil && (!self.mayHaveRun || self.loss != nil)
        case .resumed: self.awaitsPages
        case .accepted, .prepared, .handedBack, .completed, .discarding, .discarded, .aborting, .aborted: false
        }
    }

    /// An activation that ends in anything but its own facts may have let an instruction run.
    private mutating func noteActivation(cutShortBy event: DestinationEvent) {
        guard self.stepInFlight == .activateContainer else { return }
        switch event {
        case .resumed, .handedBack: break
        case .accepted, .stepStarted, .stepFailed, .prepared, .committed, .pagesArrived, .pagesLost, .completed,
            .abortOrdered, .aborted, .assumed, .contradicted:
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
        case .resumed: !self.awaitsPages && (self.decision == nil || self.contradiction != nil)
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
        // Once the source has said that the container is its own again, or while its original could still be had, only
        // an operator may start it here too.
        case .committed: self.isHeldBack ? nil : .activateContainer
        case .discarding, .aborting: .discardContainer
        }
    }

    package static func started(_ step: DestinationStep) -> DestinationEvent { .stepStarted(step) }
    package static func failed(_ step: DestinationStep, _ failure: StepFailure) -> DestinationEvent {
        .stepFailed(step, failure)
    }
}

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
