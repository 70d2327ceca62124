package import ContainerHost
package import FrameStream

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
    /// - Returns: what the destination has to see there too.
    /// - Throws: also where it is cancelled.
    func sharedTree(isStill: Bool, cancellation: TransferControl) throws -> SharedTreeReport
}

/// A private area that nothing is sent of.
package struct SharedTreeReport: Sendable {
    package let entries: UInt64
    /// In hexadecimal.
    package let digest: String

    package init(entries: UInt64, digest: String) {
        self.entries = entries
        self.digest = digest
    }
}
