internal import Synchronization

/// What the other node last said of its journal, and of ours. The former goes into the next row of ours, so that its
/// history cannot be cut short unnoticed any more; the latter tells whether ours was.
package final class PeerWitness: Sendable {
    private let heard = Mutex<PeerHead?>(nil)
    private let missing = Mutex<ChainHead?>(nil)

    package init() {}

    package var latest: PeerHead? { self.heard.withLock { $0 } }

    /// An event of our journal that the other node has on record and we have not; `nil` while there is none.
    package var missingHere: ChainHead? { self.missing.withLock { $0 } }

    /// Takes what a message says; `nil`s come from a peer that says nothing usable, and change nothing.
    ///
    /// - Parameters:
    ///   - journal: the other node's, as it gave it in its first message.
    ///   - head: where that journal ends.
    ///   - ours: the furthest event of our journal that the other node has on record. It was told in an earlier message
    ///     of ours, so a whole journal contains it, however late this one comes.
    ///   - reader: of our journal.
    /// - Throws: if our journal cannot be read.
    package func hear(
        journal: JournalID?, head: ChainHead?, ours: ChainHead?, in reader: JournalReader
    ) throws(JournalError) {
        if let ours, ours.sequence > 0, try reader.head(at: ours.sequence) != ours {
            self.missing.withLock { $0 = ours }
        }
        guard let journal, let head else { return }
        self.heard.withLock { $0 = PeerHead(journal: journal, head: head) }
    }
}
