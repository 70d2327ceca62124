/// An order to the source side, carried out by `SourceSteps`.
package enum SourceStep: String, CaseIterable, Codable, Sendable {
    /// Looks at both nodes. Changes nothing.
    case checkNodes
    /// Has the destination accept the migration and its epoch.
    case openDestination
    /// Makes sure that nothing but a recovery can start the container here.
    case raiseFence
    /// Copies the private area while the container may change it.
    case syncTree
    /// Copies memory of the running container: what the destination does not hold of it.
    case iterateMemory
    /// Freezes or stops the container and darkens its network.
    case freezeContainer
    /// Dumps the memory, copies what changed since the last pass, and takes the digests of tree, images and memory.
    case dumpContainer
    /// Has the destination verify, rename and restore, everything but let go.
    case prepareDestination
    /// Looks a last time whether the original is still held, then decides.
    case decideCommit
    /// Tells the destination, as often as it takes.
    case deliverCommit
    /// Gives the container at the destination the rest of its memory out of the frozen original.
    case servePages
    /// Ends the frozen original and renames or removes what is left of it.
    case releaseSource
    /// Ends a `--readonly` run, whose copy is registered at the destination.
    case registerCopy
    /// Gives the container back what it had when the migration began. Journaled as `restoreSource` since schema 1,
    /// which cannot change.
    case rollBack = "restoreSource"
    /// Tells the destination that the migration is off, as often as it takes.
    case deliverAbort
}
