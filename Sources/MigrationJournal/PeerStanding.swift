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
