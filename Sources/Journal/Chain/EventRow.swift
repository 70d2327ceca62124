internal import FoundationEssentials
internal import GRDB
internal import HandOver

/// A row of `event` as it lies in the file: text as bytes, so that what is hashed is what is stored.
struct EventRow {
    var sequence: Int64
    var previousHash: [UInt8]
    var hash: [UInt8]
    var migration: [UInt8]?
    var version: Int64?
    var recordClass: Int64
    var kind: [UInt8]
    var role: [UInt8]?
    var epoch: Int64?
    var container: [UInt8]?
    var containerUUID: [UInt8]?
    var stateAfter: [UInt8]?
    var ends: Int64
    var operation: [UInt8]?
    var peer: [UInt8]?
    var peerSequence: Int64?
    var peerHash: [UInt8]?
    var returnCode: Int64?
    var durationNanoseconds: Int64?
    var wallNanoseconds: Int64
    var bootNanoseconds: Int64
    var bootID: [UInt8]
    var session: Int64
    var payloadVersion: Int64
    var payload: [UInt8]
    var privateDigest: [UInt8]?

    /// The columns that ``init(_:)`` expects, in order, of a table `event`.
    static let columns = """
        seq, prev, hash, mig, ver, class, CAST(kind AS BLOB), CAST(role AS BLOB), epoch, CAST(ct AS BLOB), ct_uuid, \
        CAST(state_after AS BLOB), ends, op, peer, peer_seq, peer_head, return_code, duration_ns, wall_ns, boot_ns, \
        boot_id, session, payload_version, CAST(payload AS BLOB), private_digest
        """

    /// Never fails: what has the wrong type in a damaged file becomes zero or empty, and its hash will not match.
    init(_ row: Row) {
        self.sequence = row.integer(0) ?? 0
        self.previousHash = row.bytes(1) ?? []
        self.hash = row.bytes(2) ?? []
        self.migration = row.bytes(3)
        self.version = row.integer(4)
        self.recordClass = row.integer(5) ?? -1
        self.kind = row.bytes(6) ?? []
        self.role = row.bytes(7)
        self.epoch = row.integer(8)
        self.container = row.bytes(9)
        self.containerUUID = row.bytes(10)
        self.stateAfter = row.bytes(11)
        self.ends = row.integer(12) ?? -1
        self.operation = row.bytes(13)
        self.peer = row.bytes(14)
        self.peerSequence = row.integer(15)
        self.peerHash = row.bytes(16)
        self.returnCode = row.integer(17)
        self.durationNanoseconds = row.integer(18)
        self.wallNanoseconds = row.integer(19) ?? 0
        self.bootNanoseconds = row.integer(20) ?? 0
        self.bootID = row.bytes(21) ?? []
        self.session = row.integer(22) ?? 0
        self.payloadVersion = row.integer(23) ?? 0
        self.payload = row.bytes(24) ?? []
        self.privateDigest = row.bytes(25)
    }

    /// A row that still lacks its ``hash``.
    init(_ record: NewRecord, after head: ChainHead, version: Int64?, time: JournalTime, session: Int64) {
        self.sequence = head.sequence &+ 1
        self.previousHash = head.hash
        self.hash = []
        self.migration = record.migration?.bytes
        self.version = version
        self.recordClass = record.recordClass.rawValue
        self.kind = Array(record.kind.utf8)
        self.role = record.role.map { Array($0.rawValue.utf8) }
        self.epoch = record.epoch
        self.container = record.container.map { Array($0.utf8) }
        self.containerUUID = record.containerUUID?.bytes
        self.stateAfter = record.stateAfter.map { Array($0.utf8) }
        self.ends = record.endsMigration ? 1 : 0
        self.operation = record.operation?.bytes
        self.peer = record.peer?.bytes
        self.peerSequence = record.peerHead?.sequence
        self.peerHash = record.peerHead?.hash
        self.returnCode = record.returnCode
        self.durationNanoseconds = record.durationNanoseconds
        self.wallNanoseconds = time.wallNanoseconds
        self.bootNanoseconds = time.bootNanoseconds
        self.bootID = time.bootID
        self.session = session
        self.payloadVersion = record.payloadVersion
        self.payload = record.payload
        self.privateDigest = nil
    }

    /// The link: covers every column but `hash` itself, the journal's identity, and the whole session row.
    func digest(journal: [UInt8], sessionDigest: [UInt8]) -> [UInt8] {
        var digest = ChainDigest(tag: "vzmj/1/event")
        digest.add(journal)
        digest.add(self.sequence)
        digest.add(self.previousHash)
        digest.add(self.migration)
        digest.add(self.version)
        digest.add(self.recordClass)
        digest.add(self.kind)
        digest.add(self.role)
        digest.add(self.epoch)
        digest.add(self.container)
        digest.add(self.containerUUID)
        digest.add(self.stateAfter)
        digest.add(self.ends)
        digest.add(self.operation)
        digest.add(self.peer)
        digest.add(self.peerSequence)
        digest.add(self.peerHash)
        digest.add(self.returnCode)
        digest.add(self.durationNanoseconds)
        digest.add(self.wallNanoseconds)
        digest.add(self.bootNanoseconds)
        digest.add(self.bootID)
        digest.add(self.session)
        digest.add(sessionDigest)
        digest.add(self.payloadVersion)
        digest.add(self.payload)
        digest.add(self.privateDigest)
        return digest.value
    }

    /// For people and for replay; bytes that are not UTF-8 show as U+FFFD.
    func entry(privatePayload: [UInt8]? = nil) -> JournalEntry {
        JournalEntry(
            sequence: self.sequence, previousHash: self.previousHash, hash: self.hash, version: self.version,
            time: JournalTime(
                wallNanoseconds: self.wallNanoseconds, bootNanoseconds: self.bootNanoseconds, bootID: self.bootID),
            session: self.session, privateDigest: self.privateDigest, record: self.record(privatePayload))
    }

    var head: ChainHead { ChainHead(sequence: self.sequence, hash: self.hash) }

    private func record(_ privatePayload: [UInt8]?) -> NewRecord {
        var record = NewRecord(
            kind: Self.text(self.kind), recordClass: RecordClass(rawValue: self.recordClass) ?? .custody)
        record.migration = self.migration.flatMap { UniqueID(bytes: $0) }
        record.expectedVersion = self.version.map { $0 &- 1 }
        record.role = self.role.flatMap { NodeRole(rawValue: Self.text($0)) }
        record.epoch = self.epoch
        record.container = self.container.map { Self.text($0) }
        record.containerUUID = self.containerUUID.flatMap { UniqueID(bytes: $0) }
        record.stateAfter = self.stateAfter.map { Self.text($0) }
        record.endsMigration = self.ends == 1
        record.operation = self.operation.flatMap { UniqueID(bytes: $0) }
        record.peer = self.peer.flatMap { UniqueID(bytes: $0) }
        if let sequence = self.peerSequence, let hash = self.peerHash {
            record.peerHead = ChainHead(sequence: sequence, hash: hash)
        }
        record.returnCode = self.returnCode
        record.durationNanoseconds = self.durationNanoseconds
        record.payloadVersion = self.payloadVersion
        record.payload = self.payload
        record.privatePayload = privatePayload
        return record
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// What a record is for, which decides who reads it.
package enum RecordClass: Int64, Sendable, CaseIterable {
    /// Drives the state machine; the only class that a replay reads.
    case fact = 0

    /// Told, measured, of use to people; a replay never reads it.
    case telemetry = 1

    /// About the journal and those who decide over it: openings, peers' heads, operators' decisions, erasures.
    case custody = 2
}
