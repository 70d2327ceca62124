internal import FoundationEssentials
internal import GRDB

extension EventRow {
    /// Inserts the row; the schema's trigger refuses it unless it is the next link.
    func insert(into database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO event (seq, prev, hash, mig, ver, class, kind, role, epoch, ct, ct_uuid, state_after, ends,
                    op, peer, peer_seq, peer_head, return_code, duration_ns, wall_ns, boot_ns, boot_id, session,
                    payload_version, payload, private_digest)
                VALUES (?, ?, ?, ?, ?, ?, CAST(? AS TEXT), CAST(? AS TEXT), ?, CAST(? AS TEXT), ?, CAST(? AS TEXT), ?,
                    ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), ?)
                """)
        try statement.execute(arguments: self.arguments)
    }

    private var arguments: StatementArguments {
        [
            self.sequence, Data(self.previousHash), Data(self.hash), Self.data(self.migration), self.version,
            self.recordClass, Data(self.kind), Self.data(self.role), self.epoch, Self.data(self.container),
            Self.data(self.containerUUID), Self.data(self.stateAfter), self.ends, Self.data(self.operation),
            Self.data(self.peer), self.peerSequence, Self.data(self.peerHash), self.returnCode,
            self.durationNanoseconds, self.wallNanoseconds, self.bootNanoseconds, Data(self.bootID), self.session,
            self.payloadVersion, Data(self.payload), Self.data(self.privateDigest),
        ]
    }

    private static func data(_ bytes: [UInt8]?) -> Data? { bytes.map { Data($0) } }
}
