internal import GRDB

/// What each peer said of its own journal over time: a journal only grows.
enum PeerCheck {
    static func run(_ database: Database, _ result: inout VerificationResult) throws {
        var furthest: [[UInt8]: ChainHead] = [:]
        let rows = try Row.fetchCursor(
            database, sql: "SELECT seq, peer, peer_seq, peer_head FROM event WHERE peer_seq IS NOT NULL ORDER BY seq")
        while let row = try rows.next() {
            guard let peer = row.bytes(1), let sequence = row.integer(2), let hash = row.bytes(3) else { continue }
            let reported = ChainHead(sequence: sequence, hash: hash)
            let name = JournalID(bytes: peer)?.shortText ?? "?"
            switch PeerStanding(recorded: furthest[peer], reported: reported) {
            case .behind(let recorded):
                result.find(
                    "peer \(name) was at its event \(sequence) here and at \(recorded.sequence) before: its journal "
                        + "was cut short or restored from a backup.", at: row.integer(0))
            case .rewritten:
                result.find(
                    "peer \(name) has another event \(sequence) than before: its journal was written anew.",
                    at: row.integer(0))
            case .unknown, .unchanged, .ahead:
                furthest[peer] = reported
            }
        }
    }
}
