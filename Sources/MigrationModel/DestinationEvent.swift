/// A fact of the destination's journal.
package enum DestinationEvent: Hashable, Sendable {
    case accepted(DestinationPlan)
    case stepStarted(DestinationStep)
    case stepFailed(DestinationStep, StepFailure)
    /// Everything is verified, restored and durable: the destination gives up its right to abort.
    case prepared(ContainerDump)
    /// The source decided: the container is ours.
    case committed
    case resumed(isRunning: Bool)
    case completed
    /// The source, or the loss of it before `prepared`, ended the migration.
    case abortOrdered(StepFailure)
    /// Nothing is left of the migration but, if `kept`, the synced area.
    case aborted(kept: Bool)
}
