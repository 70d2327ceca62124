/// What a peer said of its journal.
package struct PeerHead: Hashable, Sendable {
    /// The identity of the peer's journal.
    package let journal: JournalID
    package let head: ChainHead

    package init(journal: JournalID, head: ChainHead) {
        self.journal = journal
        self.head = head
    }
}
