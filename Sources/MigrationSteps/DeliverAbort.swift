internal import AgentProtocol
internal import MigrationModel

extension SourceSteps {
    /// Tells the destination that the migration is off, so that nothing of it stays there.
    func deliverAbort(_ migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        let reason = migration.failure?.message ?? "the source gave the migration up"
        var attempts = DeliveryAttempts(in: self.session.environment)
        while true {
            do throws(StepFailure) {
                let answer = try await self.link.request(
                    .abort(migration.plan.reference, because: reason), interruption: nil)
                guard case .contradicted(let refusal) = answer else { return .abortAcknowledged }
                return .contradicted(StepFailure(refusal, at: self.link.destination))
            } catch {
                guard await attempts.mayTryAgain(after: error) else { throw error }
            }
        }
    }
}
