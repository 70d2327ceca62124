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
                switch answer {
                case .done: return .abortAcknowledged
                case .contradicted(let refusal):
                    return .contradicted(StepFailure(refusal, at: self.link.destination))
                case .activated, .handedBack, .inspected, .sought, .refused:
                    throw StepFailure(.protocolViolated, "the agent answered an abort with \(answer)")
                }
            } catch {
                guard await attempts.mayTryAgain(after: error) else { throw error }
            }
        }
    }
}
