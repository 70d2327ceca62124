package import PostCopy

/// What a migration does on the node that its container comes to, one deed a verb: `HostedArrival` on a server, faked
/// in the simulator.
///
/// Every verb blocks, looks at what there is, is on disk when it returns unless it says otherwise, and may be done
/// again after a crash at any point of it. What order makes them right is the steps' affair.
package protocol ArrivalSite: Sendable {
    /// Makes the places that are received into.
    func makePlaces() throws
    /// Whether what lies where the area is to be received was kept for another container.
    func hasForeignArea() throws -> Bool

    /// Of what was received, taken from what is here: SHA-256 in hexadecimal.
    func treeDigest() throws -> String
    func imagesDigest() throws -> String
    /// Of all pages, as they were received.
    func memoryDigest() throws -> String
    /// Puts the pages that were received to the images, so that the container can be restored from them.
    func joinMemory() throws

    /// Whether the fence of the area at its final name stands, and was raised for this migration, by whoever. Throws
    /// where that cannot be told.
    func isFenced() throws -> Bool
    /// Has `runc run` of the received bundle by hand fail.
    func raiseFence() throws
    func lowerFence() throws
    /// Forces what was received of the area to the disk; before this nothing of it need be there.
    func makeDurable() throws
    /// Gives the received area its final name.
    func moveIntoPlace() throws

    /// Creates the container so that only its start is left, frozen.
    func createHeld() throws
    /// Starts who answers page faults of what is restored, out of the original. Until its work is done it lives for
    /// itself: it ends with `discardProcesses`, or ends the container when it cannot go on.
    func startPageDaemon() throws
    /// What has become of the pages that follow.
    func pages() throws -> PagesDirectory.State
    /// Restores it from its images, every task stopped and frozen, its network dark.
    func restoreHeld() throws
    /// Whether the processes that were restored are here: held, or let go already.
    func isRestored() throws -> Bool
    /// Whether it was let run, whatever holds it now.
    func isRunning() throws -> Bool

    /// Puts the configuration into its place.
    func register() throws
    func startHeld() throws
    /// Lets a restored container go on where the dump found it: its first instruction on this node runs in here.
    func releaseHeld() throws
    func plug() throws
    func announce() throws
    /// Takes the configuration out of its place, if it is this container's.
    func unregister() throws
    /// Starts a container that does not run. The fence has to be down.
    func start() throws

    /// Ends what a dead agent has left of a restore.
    func endLeftovers() throws
    /// Ends whoever still receives for a connection that is lost.
    func endReceptions() throws
    /// Ends and removes the processes that were made of it; touches nothing that was there before.
    func discardProcesses() throws
    /// Whether the area is at its final name, and was put there by this migration. Throws where that cannot be told.
    func isInPlace() throws -> Bool
    func moveOutOfPlace() throws
    /// Whether anything was received that is worth keeping.
    func holdsAnything() throws -> Bool
    func removeIncoming() throws
    /// Removes what exists for this migration only, but logs that say something.
    func removeWorkDirectories() throws
    /// Removes all that exists for this migration only, and says a last time where the container is now.
    func forget() throws
}
