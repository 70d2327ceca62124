internal import FoundationEssentials
internal import GRDB

/// A journal, open for questions. Each question sees the journal as it is at that moment, whole.
package final class JournalReader: Sendable {
    /// The database, as it was named.
    package let path: String

    let queue: DatabaseQueue

    /// Every event before this number is of a migration that has ended, or of none; 1 where that is not known.
    let firstOpen: Int64
    private let scratch: ScratchCopy?

    init(queue: DatabaseQueue, path: String, firstOpen: Int64 = 1, scratch: ScratchCopy? = nil) {
        self.queue = queue
        self.path = path
        self.firstOpen = firstOpen
        self.scratch = scratch
    }

    /// The identity of the journal, and so of the node.
    package func journal() throws(JournalError) -> JournalID {
        let identity = try self.read("read the journal's identity") { try JournalIdentity.read($0) }
        guard let id = identity.flatMap({ JournalID(bytes: $0.journal) }) else {
            throw .notAJournal(path: self.path, reason: "it has no identity")
        }
        return id
    }

    /// Where the chain ends; sequence 0 is the genesis.
    package func head() throws(JournalError) -> ChainHead {
        try self.read("read the end of the journal") { database in
            try Self.head(database, genesis: try JournalIdentity.read(database)?.genesis ?? [])
        }
    }

    /// The head that this journal had when that event was the last: what a peer that recorded it compares.
    ///
    /// - Returns: `nil` for a number that the journal has not reached.
    package func head(at sequence: Int64) throws(JournalError) -> ChainHead? {
        try self.read("read event \(sequence)") { database in
            let sql = "SELECT hash FROM event WHERE seq = ?"
            let row = try Row.fetchOne(database, sql: sql, arguments: [sequence])
            return row?.bytes(0).map { ChainHead(sequence: sequence, hash: $0) }
        }
    }

    /// The furthest head recorded of that peer, in any record; `nil` for none.
    package func lastKnownHead(ofPeer peer: JournalID) throws(JournalError) -> ChainHead? {
        try self.read("read what peer \(peer) said") { database in
            let sql = """
                SELECT \(EventRow.columns) FROM event WHERE peer = ? AND peer_seq IS NOT NULL
                ORDER BY peer_seq DESC, seq ASC LIMIT 1
                """
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [Data(peer.bytes)]) else { return nil }
            let event = EventRow(row)
            try EventProof(database, path: self.path).require(event, event.peer == peer.bytes)
            guard let sequence = event.peerSequence, let hash = event.peerHash else { return nil }
            return ChainHead(sequence: sequence, hash: hash)
        }
    }

    /// Every head that was recorded of that peer, oldest first.
    package func heads(ofPeer peer: JournalID) throws(JournalError) -> [ChainHead] {
        try self.read("read what peer \(peer) said") { database in
            let sql = "SELECT peer_seq, peer_head FROM event WHERE peer = ? AND peer_seq IS NOT NULL ORDER BY seq"
            return try Row.fetchAll(database, sql: sql, arguments: [Data(peer.bytes)]).compactMap { row in
                guard let sequence = row.integer(0), let hash = row.bytes(1) else { return nil }
                return ChainHead(sequence: sequence, hash: hash)
            }
        }
    }

    func read<Value>(
        _ operation: String, _ body: (Database) throws -> Value
    ) throws(JournalError) -> Value {
        do {
            return try self.queue.read(body)
        } catch { throw JournalError(operation, in: self.path, error) }
    }

    static func head(_ database: Database, genesis: [UInt8]) throws -> ChainHead {
        let sql = "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1"
        guard let row = try Row.fetchOne(database, sql: sql), let sequence = row.integer(0), let hash = row.bytes(1)
        else { return ChainHead(sequence: 0, hash: genesis) }
        return ChainHead(sequence: sequence, hash: hash)
    }

    /// 0 for a migration of which there is no record.
    static func version(of migration: JournalID, _ database: Database) throws -> Int64 {
        let statement = try database.cachedStatement(sql: "SELECT max(ver) FROM event WHERE mig = ?")
        return try Row.fetchOne(statement, arguments: [Data(migration.bytes)])?.integer(0) ?? 0
    }
}
