import HandOver
import Journal
import TestSupport

extension JournalStore {
    /// Opens in a test's folder, whatever file system that is on.
    static func opened(in folder: TemporaryFolder) throws -> JournalStore {
        var options = JournalStore.Options()
        options.allowsVolatileFileSystem = true
        return try JournalStore(directory: folder.journal, toolVersion: "1.0-test", options: options)
    }

    /// A row that says nothing but where a peer stands, as earlier builds wrote them. None where it stands there
    /// already.
    @discardableResult
    func recordPeerHead(_ peer: PeerHead) throws -> PeerStanding {
        let standing = PeerStanding(recorded: try self.reader.lastKnownHead(ofPeer: peer.journal), reported: peer.head)
        if standing == .unchanged { return standing }
        try self.append(NewRecord(kind: "peer.head", recordClass: .custody, peer: peer.journal, peerHead: peer.head))
        return standing
    }
}

extension NewRecord {
    /// A fact with every field set.
    static func full(
        _ migration: UniqueID, kind: String = "containerFrozen", expectedVersion: Int64? = nil
    ) -> NewRecord {
        NewRecord(
            kind: kind, recordClass: .fact, migration: migration, expectedVersion: expectedVersion, role: .source,
            epoch: 7, container: "101", containerUUID: migration, stateAfter: "frozen", endsMigration: false,
            operation: migration, peer: migration,
            peerHead: ChainHead(sequence: 3, hash: .init(repeating: 9, count: 32)),
            returnCode: -5, durationNanoseconds: 1_234, payloadVersion: 2, payload: Array(#"{"ü":[1, 2.50]}"#.utf8),
            privatePayload: Array("10.77.1.101".utf8))
    }

    static func fact(_ kind: String, _ migration: UniqueID, container: String = "101") -> NewRecord {
        NewRecord(kind: kind, migration: migration, role: .source, epoch: 1, container: container)
    }
}
