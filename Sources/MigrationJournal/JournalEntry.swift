/// One event as it stands in the journal.
package struct JournalEntry: Hashable, Sendable {
    /// The place in the node's one chain, from 1 on without a gap.
    package let sequence: Int64
    package let previousHash: [UInt8]
    package let hash: [UInt8]

    /// The place within the migration, from 1 on without a gap; `nil` where ``NewRecord/migration`` is.
    package let version: Int64?
    package let time: JournalTime

    /// The opening of the journal that wrote this; see ``JournalSession``.
    package let session: Int64

    /// `SHA-256(salt || body)` of the private part; `nil` where there never was one.
    package let privateDigest: [UInt8]?

    /// Everything else as it was given. ``NewRecord/privatePayload`` is `nil` also where it was erased, or where the
    /// question did not ask for it.
    package let record: NewRecord

    package var head: ChainHead { ChainHead(sequence: self.sequence, hash: self.hash) }
}
