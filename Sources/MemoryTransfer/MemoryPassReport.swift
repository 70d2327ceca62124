package import FrameStream

/// What one pass over a container's memory did.
package struct MemoryPassReport: Sendable {
    /// Pages that were there.
    package var pages: UInt64 = 0
    /// Pages whose content was sent.
    package var sentPages: UInt64 = 0
    /// Bytes on the wire, everything included.
    package var wireBytes: UInt64 = 0
    package var processes: UInt64 = 0
    /// Memory that processes share with each other, which no pass takes along; 0 in the last one.
    package var sharedBytes: UInt64 = 0
    /// How long the container was held for a look at what it had written to.
    package var heldNanoseconds: UInt64 = 0
    /// Of all pages, as both sides hold them now.
    package var digest = ByteDigest.zero
}
