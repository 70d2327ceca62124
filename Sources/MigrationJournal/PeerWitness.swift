internal import Synchronization

/// What the other node last said of its journal. It goes into the next row of ours, and its history cannot be cut short
/// unnoticed any more.
package final class PeerWitness: Sendable {
    private let heard = Mutex<PeerHead?>(nil)

    package init() {}

    package var latest: PeerHead? { self.heard.withLock { $0 } }

    /// Takes what a message says; `nil`s come from a peer that says nothing usable, and change nothing.
    package func hear(journal: JournalID?, head: ChainHead?) {
        guard let journal, let head else { return }
        self.heard.withLock { $0 = PeerHead(journal: journal, head: head) }
    }
}
