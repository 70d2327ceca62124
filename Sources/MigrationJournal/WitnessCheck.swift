internal import GRDB

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
