import Foundation
import GRDB
import HandOver
import Journal
import Testing
import TestSupport

@Suite("No connection changes history, not even one with SQLite's own defaults")
struct RawConnectionTests {
    let folder: TemporaryFolder

    init() throws {
        self.folder = TemporaryFolder()
        let store = try JournalStore.opened(in: self.folder)
        let migration = UniqueID.random()
        try store.append(contentsOf: (0..<3).map { _ in .full(migration) })
        try store.close()
    }

    static let columns = """
        prev, hash, mig, ver, class, kind, role, epoch, ct, ct_uuid, state_after, ends, op, peer, peer_seq, peer_head, \
        return_code, duration_ns, wall_ns, boot_ns, boot_id, session, payload_version, payload, private_digest
        """

    /// Every column of event 4 but its number, with some replaced.
    static func insert(_ verb: String, number: String, _ changes: [String: String] = [:]) -> String {
        let values = Self.columns.split(separator: ", ").map { changes[String($0)] ?? String($0) }
        return
            "\(verb) INTO event (seq, \(Self.columns)) SELECT \(number), \(values.joined(separator: ", ")) FROM event "
            + "WHERE seq = 4"
    }

    @Test(
        "Refused",
        arguments: [
            ("UPDATE event SET payload = '{}' WHERE seq = 3", "an event is never updated"),
            ("UPDATE event SET seq = 9 WHERE seq = 4", "an event is never updated"),
            ("DELETE FROM event", "an event is never deleted"),
            ("DELETE FROM event WHERE seq = 4", "an event is never deleted"),
            ("UPDATE OR REPLACE event SET seq = 2 WHERE seq = 3", "an event is never updated"),
            (Self.insert("INSERT OR REPLACE", number: "4"), "an event takes the number after the last"),
            (Self.insert("INSERT", number: "6", ["prev": "hash"]), "an event takes the number after the last"),
            (Self.insert("INSERT", number: "NULL", ["prev": "hash"]), "an event takes the number after the last"),
            (Self.insert("INSERT", number: "5"), "an event names the hash of the last"),
            (Self.insert("INSERT", number: "5", ["prev": "hash"]), "an event takes the version after"),
            (
                Self.insert("INSERT OR REPLACE", number: "5", ["prev": "hash", "ver": "2"]),
                "an event takes the version after"
            ),
            ("UPDATE session SET user = 'nobody'", "a session is never updated"),
            ("DELETE FROM session", "a session is never deleted"),
            ("INSERT OR REPLACE INTO session SELECT * FROM session", "a session takes the number after the last"),
            ("UPDATE meta SET created_ns = 1", "the identity of a journal never changes"),
            ("DELETE FROM meta", "the identity of a journal never goes"),
            ("INSERT OR REPLACE INTO meta SELECT * FROM meta", "the identity of a journal is written once"),
            ("UPDATE event_private SET body = x'00'", "a private body is never updated"),
            ("INSERT OR REPLACE INTO event_private VALUES (4, x'00', x'00')", "a private body comes with its event"),
            ("INSERT INTO event_private VALUES (1, x'00', x'00')", "a private body comes with its event"),
        ])
    func refused(sql: String, reason: String) throws {
        let raw = try DatabaseQueue(path: self.folder.database)
        let error = #expect(throws: DatabaseError.self) { try raw.write { try $0.execute(sql: sql) } }
        #expect(error?.message?.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
        #expect(try JournalReader(path: self.folder.database).verify().findings == [])
    }

    @Test("An erased private part leaves the chain whole, and is counted")
    func erased() throws {
        let raw = try DatabaseQueue(path: self.folder.database)
        try raw.write { try $0.execute(sql: "DELETE FROM event_private WHERE seq = 3") }
        let result = try JournalReader(path: self.folder.database).verify()
        #expect(result.isIntact)
        #expect(result.erasedPrivateCount == 1)
    }

    @Test(
        "Found, once the guards are taken down first",
        arguments: [
            ("UPDATE event SET payload = '{\"a\":2}' WHERE seq = 3", "altered"),
            ("UPDATE event SET ends = 1 WHERE seq = 4", "altered"),
            ("UPDATE event SET epoch = NULL WHERE seq = 2", "altered"),
            ("DELETE FROM event_private; DELETE FROM event WHERE seq = 3", "what was between"),
            ("UPDATE session SET uid = 1000 WHERE id = 1", "altered"),
            ("UPDATE session SET ssh_client = '10.0.0.1 1 2 3'", "altered"),
            ("UPDATE meta SET host = zeroblob(32)", "identity"),
            ("UPDATE event_private SET body = x'3132' WHERE seq = 4", "private part"),
            ("DELETE FROM event_private; DELETE FROM event", "there is no event"),
        ])
    func found(sql: String, reason: String) throws {
        let raw = try DatabaseQueue(path: self.folder.database)
        let findings = try Self.withoutGuards(raw) { try $0.execute(sql: sql) }
        #expect(findings == nil)
        let result = try JournalReader(path: self.folder.database).verify()
        #expect(result.findings.contains { $0.sentence.contains(reason) }, "\(result.findings)")
    }

    @Test("A trigger that was dropped or weakened is named")
    func triggers() throws {
        let raw = try DatabaseQueue(path: self.folder.database)
        try raw.write { database in
            try database.execute(sql: "DROP TRIGGER event_is_never_updated; DROP TRIGGER event_is_never_deleted")
            try database.execute(
                sql: "CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event BEGIN SELECT 1; END")
            try database.execute(sql: "CREATE TRIGGER extra AFTER INSERT ON event BEGIN SELECT 1; END")
        }
        let sentences = try JournalReader(path: self.folder.database).verify().findings.map(\.sentence)
        #expect(sentences.contains { $0.contains("event_is_never_updated is missing") })
        #expect(sentences.contains { $0.contains("event_is_never_deleted is not what") })
        #expect(sentences.contains { $0.contains("extra does not belong") })
    }

    /// Drops every trigger, runs the body, and puts them back word for word: what root can do.
    static func withoutGuards(_ queue: DatabaseQueue, _ body: (Database) throws -> Void) throws -> String? {
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA foreign_keys = OFF")
            try database.inTransaction {
                let rows = try Row.fetchAll(database, sql: "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
                let triggers = rows.map { (name: $0["name"] as String, sql: $0["sql"] as String) }
                for trigger in triggers { try database.execute(sql: "DROP TRIGGER \(trigger.name)") }
                try body(database)
                for trigger in triggers { try database.execute(sql: trigger.sql) }
                return .commit
            }
            return nil
        }
    }
}
