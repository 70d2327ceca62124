internal import GRDB
internal import JournalSchema

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
