internal import FoundationEssentials
internal import GRDB
package import HandOver

/// What is to be appended. The store adds number, version, hashes, times and session.
package struct NewRecord: Hashable, Sendable {
    /// `nil` for a record about the journal itself, which is of class custody.
    package var migration: UniqueID?

    /// The migration's version as the caller last saw it, 0 for none yet. Another one in the database means that
    /// somebody else has gone on with the migration: ``JournalError/versionConflict(migration:expected:found:)``.
    /// `nil` takes whatever comes next.
    package var expectedVersion: Int64?
    package var role: NodeRole?

    /// The ownership epoch of the container.
    package var epoch: Int64?

    /// The container's id as people write it.
    package var container: String?

    /// The container's identity, which outlives a new id.
    package var containerUUID: UniqueID?

    /// What happened, such as `containerFrozen`; not empty.
    package var kind: String
    package var recordClass: RecordClass

    /// Where the migration stands after this record; what a replay must come to as well.
    package var stateAfter: String?

    /// This node owes nothing after this record: the migration is no longer listed as open.
    package var endsMigration: Bool

    /// Shared by an intent and its outcome.
    package var operation: UniqueID?

    /// The identity of the peer's journal.
    package var peer: UniqueID?

    /// The peer's head as its last message told it; only with ``peer``.
    package var peerHead: ChainHead?

    /// Whether a head of ``peer`` that is further, and on record already, is what the row is to have: another session
    /// with the same peer has heard more than this one.
    package var peerMayBeFurther: Bool
    package var returnCode: Int64?
    package var durationNanoseconds: Int64?

    /// The version of the payload's form.
    package var payloadVersion: Int64

    /// UTF-8 JSON text. These bytes are stored and hashed as they are.
    package var payload: [UInt8]

    /// Addresses, paths, command lines: what may have to be erased one day. Stored beside the event, bound by a digest.
    package var privatePayload: [UInt8]?

    package init(
        kind: String, recordClass: RecordClass = .fact, migration: UniqueID? = nil, expectedVersion: Int64? = nil,
        role: NodeRole? = nil, epoch: Int64? = nil, container: String? = nil, containerUUID: UniqueID? = nil,
        stateAfter: String? = nil, endsMigration: Bool = false, operation: UniqueID? = nil, peer: UniqueID? = nil,
        peerHead: ChainHead? = nil, peerMayBeFurther: Bool = false, returnCode: Int64? = nil,
        durationNanoseconds: Int64? = nil,
        payloadVersion: Int64 = 1, payload: [UInt8] = Array("{}".utf8), privatePayload: [UInt8]? = nil
    ) {
        self.kind = kind
        self.recordClass = recordClass
        self.migration = migration
        self.expectedVersion = expectedVersion
        self.role = role
        self.epoch = epoch
        self.container = container
        self.containerUUID = containerUUID
        self.stateAfter = stateAfter
        self.endsMigration = endsMigration
        self.operation = operation
        self.peer = peer
        self.peerHead = peerHead
        self.peerMayBeFurther = peerMayBeFurther
        self.returnCode = returnCode
        self.durationNanoseconds = durationNanoseconds
        self.payloadVersion = payloadVersion
        self.payload = payload
        self.privatePayload = privatePayload
    }

    /// Refuses, before it is written, what the database would refuse or what an auditor could not read.
    func validate() throws(JournalError) {
        func refuse(_ reason: String) -> JournalError { .invalidRecord(kind: self.kind, reason: reason) }
        if self.kind.isEmpty { throw refuse("its kind is empty") }
        if self.migration == nil, self.recordClass != .custody {
            throw refuse("only a custody record may belong to no migration")
        }
        if self.migration == nil, self.expectedVersion != nil { throw refuse("it has a version but no migration") }
        if self.peerHead != nil, self.peer == nil { throw refuse("it has a peer's head but no peer") }
        if let head = self.peerHead, head.hash.count != ChainDigest.byteCount {
            throw refuse("the peer's head has \(head.hash.count) bytes instead of \(ChainDigest.byteCount)")
        }
        if String(validating: self.payload, as: UTF8.self) == nil { throw refuse("its payload is not UTF-8") }
        if self.payload.contains(0) { throw refuse("its payload has a zero byte, which JSON text never has") }
    }
}

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
