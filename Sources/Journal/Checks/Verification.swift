internal import GRDB
internal import HandOver

extension JournalReader {
    /// Looks at every byte that means something, in one snapshot: the file's structure, the schema with its triggers,
    /// the whole chain, each migration's versions, the private parts, and what peers said of their journals.
    ///
    /// A journal that lost its end is as consistent as one that never had it: only `witnesses` tell them apart, heads
    /// of this journal that others recorded, such as its peers or syslog.
    ///
    /// Throws only where nothing at all could be read; what is damaged becomes a finding.
    package func verify(witnesses: [ChainHead] = []) throws(JournalError) -> VerificationResult {
        try self.read("verify the journal") { database in
            var result = VerificationResult(head: ChainHead(sequence: 0, hash: []))
            self.attempt("the file's structure", &result) { try StructureCheck.run(database, &$0) }
            WriteAheadLogCheck.run(self.path, &result)
            self.attempt("the chain", &result) { try ChainCheck.run(database, &$0) }
            self.attempt("the private parts", &result) { try PrivateCheck.run(database, &$0) }
            self.attempt("the peers' heads", &result) { try PeerCheck.run(database, &$0) }
            self.attempt("the witnesses", &result) { result in
                for witness in witnesses { try WitnessCheck.run(witness, database, &result) }
            }
            return result
        }
    }

    private func attempt(
        _ subject: String, _ result: inout VerificationResult, _ check: (inout VerificationResult) throws -> Void
    ) {
        do { try check(&result) } catch {
            let reason = (error as? DatabaseError)?.message ?? "\(error)"
            result.find("\(subject) could not be read to the end: \(reason).")
        }
    }
}

/// What looking at everything in a journal came to.
package struct VerificationResult: Hashable, Sendable {
    /// How many events were read.
    package var eventCount: Int64 = 0

    /// The last event that was read, or the genesis.
    package var head: ChainHead

    /// Private parts that were once there and are no longer, which is allowed.
    package var erasedPrivateCount: Int64 = 0

    /// What is wrong within the file; empty means that nothing is.
    package var findings: [Finding] = []

    /// Witnesses from outside whose word the journal does not bear out: it was cut short or written anew.
    package var contradictions: [Finding] = []

    /// What an auditor should know and what may have an innocent cause.
    package var remarks: [String] = []

    package var isIntact: Bool { self.findings.isEmpty && self.contradictions.isEmpty }

    mutating func find(_ sentence: String, at sequence: Int64? = nil) {
        self.findings.append(Finding(sequence: sequence, sentence: sentence))
    }
}

/// One thing that is wrong with a journal.
package struct Finding: Hashable, Sendable, CustomStringConvertible {
    /// The event concerned; `nil` for the file as a whole.
    package let sequence: Int64?

    /// What is wrong, as a sentence.
    package let sentence: String

    package var description: String {
        self.sequence.map { "event \($0): \(self.sentence)" } ?? self.sentence
    }
}

/// What each peer said of its own journal over time: a journal only grows.
enum PeerCheck {
    static func run(_ database: Database, _ result: inout VerificationResult) throws {
        var furthest: [[UInt8]: ChainHead] = [:]
        let rows = try Row.fetchCursor(
            database, sql: "SELECT seq, peer, peer_seq, peer_head FROM event WHERE peer_seq IS NOT NULL ORDER BY seq")
        while let row = try rows.next() {
            guard let peer = row.bytes(1), let sequence = row.integer(2), let hash = row.bytes(3) else { continue }
            let reported = ChainHead(sequence: sequence, hash: hash)
            let name = UniqueID(bytes: peer)?.short ?? "?"
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

/// Each private part against the digest in its event. One that is gone was erased, which is allowed.
enum PrivateCheck {
    static func run(_ database: Database, from first: Int64 = 1, _ result: inout VerificationResult) throws {
        var bound = 0 as Int64
        let sql = """
            SELECT p.seq, p.salt, p.body, e.private_digest FROM event_private p LEFT JOIN event e ON e.seq = p.seq
            WHERE p.seq >= ?
            """
        let rows = try Row.fetchCursor(database, sql: sql, arguments: [first])
        while let row = try rows.next() {
            bound += 1
            let digest = ChainDigest.ofBytes((row.bytes(1) ?? []) + (row.bytes(2) ?? []))
            guard digest != row.bytes(3) else { continue }
            result.find("its private part is not the one that it was written with.", at: row.integer(0))
        }
        let sum = "SELECT count(private_digest) FROM event WHERE seq >= ?"
        let counted = try Row.fetchOne(database, sql: sum, arguments: [first])?.integer(0) ?? 0
        result.erasedPrivateCount = max(0, counted - bound)
    }
}

/// The journal against a head of it that somebody else kept.
enum WitnessCheck {
    static func run(_ witness: ChainHead, _ database: Database, _ result: inout VerificationResult) throws {
        let row = try Row.fetchOne(
            database, sql: "SELECT hash FROM event WHERE seq = ?", arguments: [witness.sequence])
        guard let row else {
            let end = result.head.sequence
            return result.contradict("a witness saw this event; the journal ends at \(end): it was cut short.", witness)
        }
        if row.bytes(0) != witness.hash {
            result.contradict("a witness saw another event in its place: the journal was written anew.", witness)
        }
    }
}

extension VerificationResult {
    fileprivate mutating func contradict(_ sentence: String, _ witness: ChainHead) {
        self.contradictions.append(Finding(sequence: witness.sequence, sentence: sentence))
    }
}
