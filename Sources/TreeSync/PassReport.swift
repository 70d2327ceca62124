/// What one pass came to.
package struct PassReport: Hashable, Sendable {
    package let pass: TreePass
    /// Entries of the tree that are no directories.
    package var files: UInt64 = 0
    /// Directories with the root.
    package var directories: UInt64 = 0
    /// Bytes of file content that travelled, before compression; holes are none.
    package var bytesSent: UInt64 = 0
    /// Bytes of this direction as they were on the connection: written by the sender, read by the receiver.
    package var bytesOnWire: UInt64 = 0
    /// Regular files whose content travelled.
    package var filesSent: UInt64 = 0
    /// Entries whose metadata alone travelled, links included.
    package var entriesUpdated: UInt64 = 0
    /// Removals, a whole directory counting once.
    package var deleted: UInt64 = 0
    /// What the receiver took from its base before a warm pass; `nil` where there was none to take from.
    package var base: BaseReport?
    /// The tree as both sides hold it after a final pass, as this side saw it go by after a warm one; `nil` at the
    /// receiver after a warm pass.
    package var digest: TreeDigest?
}
