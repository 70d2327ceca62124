/// How far the transfers of one migration are.
package struct TransferStanding: Hashable, Sendable {
    /// All that was sent so far: before compression, and on the wire.
    package let rawBytes: UInt64
    package let wireBytes: UInt64
    /// What the part that is being sent is expected to have, before compression; `nil` where nobody knows.
    package let expectedBytes: UInt64?
    /// What of it was sent.
    package let partBytes: UInt64
    /// For how long the container has stood still; `nil` while it runs.
    package let frozenNanoseconds: UInt64?
}
