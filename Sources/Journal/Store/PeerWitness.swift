package import HandOver
internal import Synchronization

/// What the other node last said of its journal, and of ours. The former goes into the next row of ours, so that its
/// history cannot be cut short unnoticed any more; the latter tells whether ours was.
package final class PeerWitness: Sendable {
    private let heard = Mutex<PeerHead?>(nil)
    private let missing = Mutex<ChainHead?>(nil)
    /// What was on record of the other node's journal when it was last spoken to.
    private let recorded = Mutex<ChainHead?>(nil)
    private let behind = Mutex(false)

    package init() {}

    package var latest: PeerHead? { self.heard.withLock { $0 } }

    /// Whether what it said last lacks what was on record when it was asked: whoever composes an answer has all that it
    /// ever told before it was asked. Otherwise a lower head than one on record only tells that another session of the
    /// same two nodes has heard more since.
    package var isBehind: Bool { self.behind.withLock { $0 } }

    /// Notes what is on record of the other node's journal as a message leaves for it; `nil` for nothing.
    package func asks(recorded: ChainHead?) { self.recorded.withLock { $0 = recorded } }

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
        journal: UniqueID?, head: ChainHead?, ours: ChainHead?, in reader: JournalReader
    ) throws(JournalError) {
        if let ours, ours.sequence > 0, try reader.head(at: ours.sequence) != ours {
            self.missing.withLock { $0 = ours }
        }
        guard let journal, let head else { return }
        self.heard.withLock { $0 = PeerHead(journal: journal, head: head) }
        let standing = PeerStanding(recorded: self.recorded.withLock { $0 }, reported: head)
        self.behind.withLock { isBehind in
            switch standing {
            case .behind, .rewritten: isBehind = true
            case .unknown, .unchanged, .ahead: isBehind = false
            }
        }
    }
}

/// How what a peer says of its journal now compares with what it said before, as recorded here.
package enum PeerStanding: Hashable, Sendable {
    /// Nothing was recorded of this peer.
    case unknown

    /// The peer stands where it stood.
    case unchanged

    /// The peer went on. Whether its journal still contains the recorded head, only the peer can say: ask it for its
    /// hash at that sequence.
    case ahead(of: ChainHead)

    /// The peer's journal is shorter than it was: cut short, or restored from a backup. Start nothing.
    case behind(ChainHead)

    /// The peer's journal has another event where the recorded one stood. Start nothing.
    case rewritten(ChainHead)

    /// `recorded` is the furthest head recorded of that peer, `nil` for none.
    package init(recorded: ChainHead?, reported: ChainHead) {
        guard let recorded else {
            self = .unknown
            return
        }
        if reported.sequence < recorded.sequence {
            self = .behind(recorded)
        } else if reported.sequence > recorded.sequence {
            self = .ahead(of: recorded)
        } else {
            self = reported.hash == recorded.hash ? .unchanged : .rewritten(recorded)
        }
    }
}

/// What a peer said of its journal.
package struct PeerHead: Hashable, Sendable {
    /// The identity of the peer's journal.
    package let journal: UniqueID
    package let head: ChainHead

    package init(journal: UniqueID, head: ChainHead) {
        self.journal = journal
        self.head = head
    }
}
