package import MemoryTransfer

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
    /// - Returns: how long it was held, in nanoseconds.
    func holding(_ body: () throws -> Void) throws -> UInt64
}
