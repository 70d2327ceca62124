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
