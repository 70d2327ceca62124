package import Container
package import Engine
package import HandOver
package import Transfer

/// What a migration does on the node that its container comes to, one deed a verb: `LocalDestinationSite` on a server,
/// faked in the simulator.
///
/// Every verb blocks, looks at what there is, is on disk when it returns unless it says otherwise, and may be done
/// again after a crash at any point of it. What order makes them right is the steps' affair.
package protocol DestinationSite: Sendable {
    /// Makes the places that are received into.
    func makePlaces() throws
    /// Whether what lies where the area is to be received was kept for another container.
    func hasForeignArea() throws -> Bool

    /// The digest of what was received, taken from what is here: SHA-256 in hexadecimal.
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

/// The node that containers come to, as the conversation with their source needs it: `DestinationNode` on a server,
/// faked in the simulator.
package protocol DestinationHost: Sendable {
    /// This node's journal.
    var records: any MigrationRecords { get }
    var environment: any StepEnvironment { get }
    /// Says where things are on this node.
    var registry: ContainerRegistry { get }

    /// Whether the area that is sought is at that place, an absolute path: by its looks, or by a probe if there is one.
    func sees(_ sought: SoughtArea, at place: String) throws -> Bool

    /// Looks whether there is a place for an arriving container, whatever the journal says. Changes nothing.
    ///
    /// - Parameters:
    ///   - arriving: the container.
    ///   - questions: what its source wants to compare; `nil` where it has compared already.
    /// - Returns: what is in the way here, and what was asked for.
    /// - Throws: where this node cannot be looked at.
    func survey(_ arriving: IncomingContainer, _ questions: InspectionQuestions?) throws -> NodeSurvey

    /// The place of a container whose migration was, or is to be, accepted.
    func site(of plan: DestinationPlan) -> any DestinationSite

    /// Takes a container's lock.
    ///
    /// - Parameters:
    ///   - plan: of the container.
    ///   - succeeding: whether we speak for the source, and end an agent of an earlier session of the same migration;
    ///     whoever does not leaves a working agent alone.
    /// - Returns: the lock, held until it goes.
    /// - Throws: `ContainerLockError` if somebody else has it.
    func lock(_ plan: DestinationPlan, succeeding: Bool) throws -> any HeldContainer
}

/// A container's lock, held for as long as this lives.
package protocol HeldContainer: Sendable {
    var id: ContainerID { get }
    /// The migration that it is held for: by that a later session of the same migration finds its holder.
    var migration: UniqueID { get }
    /// Why a later session could not find its holder; `nil` where it can.
    var announcementFailure: StepFailure? { get }
}

/// What a node has to say of a container that wants to come.
package struct NodeSurvey: Sendable {
    package var failures: [StepFailure] = []
    /// `nil` where nothing was asked, or a failure left nothing to look at.
    package var facts: DestinationFacts?

    package init() {}
}
