internal import AgentProtocol

/// Several sessions of one process hear at once of a hand-over that a destination has not ended. One of them ends it:
/// an agent that is given the order ends the agent that had it before, and that would be another session's of ours.
actor Settlements {
    /// Those that are being ended, and who waits for that.
    private var waiting: [HandOverReference: [CheckedContinuation<Void, Never>]] = [:]

    /// Hand-overs, by their ids, that this process ends by itself.
    private var ownWork: Set<String> = []

    /// Leaves hand-overs to those who are about to end them.
    func leave(_ ids: [String]) { self.ownWork.formUnion(ids) }

    /// Returns when it has been tried, by us or by another session, which then tells what has become of it.
    func once(_ reference: HandOverReference, _ end: @Sendable () async throws -> Void) async throws {
        guard !self.ownWork.contains(reference.id) else { return }
        if self.waiting[reference] != nil {
            return await withCheckedContinuation { self.waiting[reference]?.append($0) }
        }
        self.waiting[reference] = []
        defer { for other in self.waiting.removeValue(forKey: reference) ?? [] { other.resume() } }
        try await end()
    }
}
