/// A migration as its destination sees it: the fold of the events in the destination's journal.
///
/// Who may run is read off ``state``: no instruction of the container runs here before `committed`; in `prepared` only
/// the source's word, or an operator's, leads on.
package struct DestinationMigration: MigrationMachine {
    package let plan: DestinationPlan
    package private(set) var state: DestinationState
    package private(set) var stepInFlight: DestinationStep?
    /// What an operator decided in the source's place; `nil` if nobody had to.
    package private(set) var decision: OperatorDecision?
    /// The source's other story; `nil` if there is none.
    package private(set) var contradiction: StepFailure?

    package var migration: UniqueID { self.plan.migration }

    package init(startingWith event: DestinationEvent) throws(InvalidTransition) {
        guard case .accepted(let plan) = event else { throw InvalidTransition(from: "not begun", on: event) }
        self.plan = plan
        self.state = .accepted
    }

    package mutating func apply(_ event: DestinationEvent) throws(InvalidTransition) {
        if case .stepStarted(let step) = event {
            guard self.mayStart(step) else { throw InvalidTransition(from: self.state.phase, on: event) }
            self.stepInFlight = step
            return
        }
        guard let next = self.state.next(on: event, of: self.plan, during: self.stepInFlight) else {
            throw InvalidTransition(from: self.state.phase, on: event)
        }
        self.state = next
        self.stepInFlight = nil
        if case .assumed(let decision) = event { self.decision = decision }
        if case .contradicted(let story) = event { self.contradiction = story }
    }

    /// The source orders the preparation; every other step follows from the state.
    private func mayStart(_ step: DestinationStep) -> Bool {
        guard self.stepInFlight == nil else { return false }
        return step == self.nextStep || (step == .prepareContainer && self.state == .accepted)
    }

    package var nextStep: DestinationStep? {
        switch self.state {
        case .accepted, .prepared, .handedBack, .resumed, .awaitingPages, .completed, .discarded, .aborted: nil
        // Once the source has said that the container is its own again, or while its original could still be had, only
        // an operator may start it here too.
        case .committed(let activation): activation.awaitsOperator ? nil : .activateContainer
        case .discarding, .aborting: .discardContainer
        }
    }

    package static func started(_ step: DestinationStep) -> DestinationEvent { .stepStarted(step) }
    package static func failed(_ step: DestinationStep, _ failure: StepFailure) -> DestinationEvent {
        .stepFailed(step, failure)
    }
}

/// Where a migration stands at the destination, with what of it decides what may follow.
package enum DestinationState: Hashable, Sendable {
    case accepted
    /// In doubt until the source's word: the container is held, stopped and dark; it is never started, never deleted.
    case prepared(ContainerDump)
    /// The container is ours, and has to be let go.
    case committed(Activation)
    /// The container is the source's again: nothing ran here and nothing ever will; the source's abort is awaited.
    case handedBack(StepFailure)
    /// It is here for good.
    case resumed(Resumed)
    /// It runs here while the source still holds pages of it (post-copy).
    case awaitingPages(isRunning: Bool)
    /// The source has heard how it ended here.
    case completed(Resumed)
    /// An operator decided that it be removed.
    case discarding
    /// Removed on an operator's word; open until the source has said the same or the opposite.
    case discarded
    case aborting(StepFailure)
    /// `nil`: it was discarded on an operator's word before.
    case aborted(StepFailure?)

    /// What is known of a container that has to be let go.
    package struct Activation: Hashable, Sendable {
        /// Whether an activation was begun and did not come through: an instruction of the container may have run here.
        package fileprivate(set) var mayHaveRun = false
        /// Why some of its memory will never come; `nil` where it came, or may still come.
        package fileprivate(set) var loss: StepFailure?
        /// Whether the source has contradicted, or memory was lost, since anybody decided here.
        package fileprivate(set) var awaitsOperator = false
    }

    /// How the container was let go.
    package struct Resumed: Hashable, Sendable {
        package let isRunning: Bool
        /// Whether the memory that was dumped is lost, and the container was started anew.
        package let isMemoryLost: Bool
        /// How the rest of its memory has come; `nil` without post-copy.
        package let postCopy: PostCopyResult?
    }
}

/// The table of the destination: a row an event, saying which states take it and what they become.
///
/// No switch has a `default`: a new event or a new state must say here what it does.
extension DestinationState {
    /// What follows.
    ///
    /// - Parameters:
    ///   - event: any but the start of a step.
    ///   - plan: of the migration.
    ///   - step: that is in flight; `nil` between steps.
    /// - Returns: the state after `event`; `nil` where it cannot follow.
    fileprivate func next(
        on event: DestinationEvent, of plan: DestinationPlan, during step: DestinationStep?
    ) -> DestinationState? {
        switch event {
        case .accepted, .stepStarted: nil
        case .prepared(let dump): self == .accepted ? .prepared(dump) : nil
        case .committed: self.phase == .prepared ? .committed(Activation()) : nil
        case .resumed(let isRunning, let isMemoryLost): self.afterActivation(isRunning, isMemoryLost, plan)
        case .handedBack(let failure): self.phase == .committed ? .handedBack(failure) : nil
        case .pagesArrived(let result): self.afterArrival(result)
        case .pagesLost(let loss, let isForGood): self.afterLoss(loss, isForGood, plan, step)
        case .completed: self.afterEnd
        case .abortOrdered(let failure): self.mayBeAborted(during: step) ? .aborting(failure) : nil
        case .aborted: self.afterRemoval
        case .assumed(let decision): self.assuming(decision)
        case .contradicted: self.afterContradiction(during: step)
        case .stepFailed(_, let failure): self.afterFailure(failure, during: step)
        }
    }

    private func afterActivation(
        _ isRunning: Bool, _ isMemoryLost: Bool, _ plan: DestinationPlan
    ) -> DestinationState? {
        guard case .committed = self else { return nil }
        if plan.kind.isLazy, !isMemoryLost { return .awaitingPages(isRunning: isRunning) }
        return .resumed(Resumed(isRunning: isRunning, isMemoryLost: isMemoryLost, postCopy: nil))
    }

    private func afterArrival(_ result: PostCopyResult) -> DestinationState? {
        guard case .awaitingPages(let isRunning) = self else { return nil }
        return .resumed(Resumed(isRunning: isRunning, isMemoryLost: false, postCopy: result))
    }

    /// It was ended while it awaited pages, or before it was known to run, or is found to be gone once more.
    private func afterLoss(
        _ loss: StepFailure, _ isForGood: Bool, _ plan: DestinationPlan, _ step: DestinationStep?
    ) -> DestinationState? {
        let lost = DestinationState.committed(Activation(mayHaveRun: true, loss: loss, awaitsOperator: !isForGood))
        switch self {
        case .awaitingPages: return lost
        case .committed(let activation):
            let mayLose = step == .activateContainer || activation.loss != nil && step == nil
            return plan.kind.isLazy && mayLose ? lost : nil
        case .accepted, .prepared, .handedBack, .resumed, .completed, .discarding, .discarded, .aborting, .aborted:
            return nil
        }
    }

    /// The source has heard how it ended here.
    private var afterEnd: DestinationState? {
        switch self {
        case .resumed(let resumed): .completed(resumed)
        case .discarded: .aborted(nil)
        case .accepted, .prepared, .committed, .handedBack, .awaitingPages, .completed, .discarding, .aborting,
            .aborted:
            nil
        }
    }

    private var afterRemoval: DestinationState? {
        switch self {
        case .aborting(let failure): .aborted(failure)
        case .discarding: .discarded
        case .accepted, .prepared, .committed, .handedBack, .resumed, .awaitingPages, .completed, .discarded,
            .aborted:
            nil
        }
    }

    /// Whether the source may have it back, also where it was let go or may have been: memory that has not come can
    /// only be had so, for its original is still frozen and the source's operator has decided.
    func mayBeAborted(during step: DestinationStep?) -> Bool {
        switch self {
        case .accepted, .prepared, .handedBack, .discarded, .awaitingPages: true
        case .committed(let activation): step == nil && (!activation.mayHaveRun || activation.loss != nil)
        case .resumed, .completed, .discarding, .aborting, .aborted: false
        }
    }

    func assuming(_ decision: OperatorDecision) -> DestinationState? {
        var activation = Activation()
        switch self {
        case .prepared, .handedBack: break
        case .committed(let known) where known.awaitsOperator: activation = known
        case .accepted, .committed, .resumed, .awaitingPages, .completed, .discarding, .discarded, .aborting, .aborted:
            return nil
        }
        activation.awaitsOperator = false
        return decision.outcome == .committed ? .committed(activation) : .discarding
    }

    /// A container that is here stays here, whatever the source says; what was removed stays removed.
    private func afterContradiction(during step: DestinationStep?) -> DestinationState? {
        switch self {
        case .committed(var activation):
            activation.mayHaveRun = activation.mayHaveRun || step == .activateContainer
            activation.awaitsOperator = true
            return .committed(activation)
        case .handedBack, .resumed, .awaitingPages, .completed, .discarded, .aborted: return self
        case .accepted, .prepared, .discarding, .aborting: return nil
        }
    }

    private func afterFailure(_ failure: StepFailure, during step: DestinationStep?) -> DestinationState? {
        switch self {
        case .accepted: return .aborting(failure)
        // Past the word of the source, and while removing, it is tried again; a failure changes nothing else.
        case .committed(var activation):
            activation.mayHaveRun = activation.mayHaveRun || step == .activateContainer
            return .committed(activation)
        case .discarding, .aborting: return self
        case .prepared, .handedBack, .resumed, .awaitingPages, .completed, .discarded, .aborted: return nil
        }
    }
}
