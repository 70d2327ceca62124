package import Container
package import HandOver
package import Transfer

/// What a migration does on the node that its container leaves, one deed a verb: `LocalSourceSite` on a server, faked
/// in the simulator.
///
/// Every verb blocks, looks at what there is, is on disk when it returns, and may be done again after a crash at any
/// point of it. What order makes them right is the steps' affair.
package protocol SourceSite: LiveSite, SharedSite {
    /// Looks at this server and at the container, as it is to leave. Changes nothing.
    func facts() throws -> SourceFacts

    /// The container as the destination has to know it: its configuration without our fence.
    func describe() throws -> IncomingContainer

    /// Whether any process of the container exists, frozen ones too.
    func isAlive() throws -> Bool
    /// Whether every task is frozen and the network is dark.
    func isHeld() throws -> Bool
    /// Whether it was created and not started.
    func isHalfStarted() throws -> Bool
    /// Whether its processes are those that ran when the migration was planned, and not others that were started since.
    func isOriginal() throws -> Bool

    /// Has the configuration say DISABLED, and the UUID that the container is known by.
    func disable() throws
    /// Has `runc run` of the bundle by hand fail.
    func raiseFence() throws
    func enable() throws
    func lowerFence() throws

    func freeze(timeout: Duration) throws
    /// The same after the hand-over is decided: no instruction of it runs any more, whatever waits for one.
    func freezeAgain(timeout: Duration) throws
    /// Lets a frozen container go on where it was, and lights its network.
    func thaw() throws
    func stop(timeout: Duration) throws
    func start() throws
    func reconnect() throws
    /// Ends the container for good without an instruction of it running.
    func destroy() throws
    /// Ends what a dead process of ours has left of a checkpoint.
    func endLeftovers() throws

    /// Makes the directories that exist for this migration only.
    func makeDirectories() throws
    /// The index is that of what was sent of the area: it stays with an area that the destination keeps.
    func removeDirectories(withLogs: Bool, withIndex: Bool) throws
    /// What is sent as a stream.
    func tree(of stream: BulkStream) -> OutgoingTree

    /// Whether the container, and no other one of its id, has a configuration here.
    func isRegistered() throws -> Bool
    func hasArea() throws -> Bool
    /// Gives the area a name under which it is never taken for the container.
    func condemnArea() throws
    func removeCondemned() throws
    func unregister() throws
    func archiveArea() throws
    func lowerArchivesFence() throws
    func archiveConfiguration() throws
}

/// A directory that is sent, and where its sender keeps the index of what it sent. Absolute paths.
package struct OutgoingTree: Sendable {
    package let root: String
    package let stateDirectory: String
    /// Names at the root that stay behind.
    package let hiding: [String]

    package init(root: String, stateDirectory: String, hiding: [String]) {
        self.root = root
        self.stateDirectory = stateDirectory
        self.hiding = hiding
    }
}

/// What a migration does with the processes and the memory of a container that travels with them.
package protocol LiveSite: Sendable {
    /// What its processes have in memory.
    func residentBytes() throws -> UInt64

    /// Dumps the frozen container, all but its pages, and leaves it frozen.
    ///
    /// - Parameters:
    ///   - timeout: after which CRIU is ended, and the dump has failed.
    ///   - whenDumped: called when the images are whole; whether the dump has succeeded is only known at the end.
    /// - Throws: why there is no dump.
    func checkpoint(timeout: Duration, whenDumped: @escaping @Sendable () -> Void) throws
    /// The memory of the container as it runs.
    func memory() throws -> OutgoingMemory
    /// The memory of the frozen container, as its dump describes it.
    func dumpedMemory() throws -> OutgoingMemory
    /// Takes so many percent of its processor time away from the container.
    func throttle(percent: Int) throws
    /// Gives it back.
    func endThrottle() throws
    /// Runs `body` while no instruction of the container does.
    ///
    /// - Returns: how long it was held.
    func holding(_ body: () throws -> Void) throws -> Duration
}

/// What a migration does with a private area that its destination may have already, on the same storage.
package protocol SharedSite: Sendable {
    /// What tells the area from every other that looks like it; see `SharedArea`.
    func areaSight() throws -> String

    /// Makes a file beside the area, which is to be removed at once.
    ///
    /// - Throws: also where it could prove nothing.
    func placeProbe() throws -> PlacedProbe

    /// Brings what was written to an area that is shared to its storage, and looks what it is then.
    ///
    /// - Parameters:
    ///   - isStill: whether nothing of it may change meanwhile.
    ///   - cancellation: ends it.
    /// - Returns: what the destination has to see there too; without the time.
    /// - Throws: also where it is cancelled.
    func sharedTree(isStill: Bool, cancellation: TransferControl) throws -> SyncedTree
}
