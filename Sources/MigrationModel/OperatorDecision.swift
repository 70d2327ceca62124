/// What an operator decided of a hand-over in doubt whose other node is gone for good (`--assume`): a heuristic
/// outcome.
///
/// The other node did not vote on it. When it comes back with another story, both report the contradiction.
package struct OperatorDecision: Hashable, Sendable {
    /// The end that the hand-over is taken to have come to.
    package enum Outcome: String, CaseIterable, Codable, Sendable {
        case committed
        case aborted
    }

    package let outcome: Outcome
    /// The operator's words, kept for ever.
    package let reason: String

    package init(_ outcome: Outcome, because reason: String) {
        self.outcome = outcome
        self.reason = reason
    }
}
