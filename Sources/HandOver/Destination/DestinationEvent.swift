/// A fact of the destination's journal.
package enum DestinationEvent: Hashable, Sendable {
    case accepted(DestinationPlan)
    case stepStarted(DestinationStep)
    case stepFailed(DestinationStep, StepFailure)
    /// Everything is verified, restored and durable: the destination gives up its right to abort.
    case prepared(ContainerDump)
    /// The source decided: the container is ours.
    case committed
    /// The container is here. With `memoryLost` its processes had gone and it was started anew.
    case resumed(isRunning: Bool, memoryLost: Bool)
    /// It cannot be let go, and no instruction of it ran here: the source's original is the container again.
    case handedBack(StepFailure)
    /// Post-copy has finished: every page is here.
    case pagesArrived(PostCopyResult)
    /// Some of it will never come, and the container was ended before it could read what is not there. With `isForGood`
    /// its original is gone too, and nothing is left to decide.
    case pagesLost(StepFailure, isForGood: Bool)
    case completed
    /// The source, or the loss of it before `prepared`, ended the migration.
    case abortOrdered(StepFailure)
    /// Nothing is left of the migration but, if `kept`, the synced area.
    case aborted(kept: Bool)
    /// An operator decided in the source's place.
    case assumed(OperatorDecision)
    /// The source came back with another story than the operator's decision, or than this journal.
    case contradicted(StepFailure)
}

/// An order to the destination side, carried out by `DestinationSteps`.
package enum DestinationStep: String, CaseIterable, Codable, Sendable {
    /// Verifies, renames and restores, everything but let go.
    case prepareContainer
    /// Registers the container, lets it go, lights its network.
    case activateContainer
    /// Removes what was made for this migration.
    case discardContainer
}
