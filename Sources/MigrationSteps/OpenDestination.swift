internal import AgentProtocol
internal import MigrationModel

extension SourceSteps {
    /// The destination journals the migration and its epoch: from here on an abort is owed to it.
    func openDestination(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let arriving = try await self.arrivingContainer(plan)
        let accepted = AcceptedContainer(arriving: arriving, keepsArea: plan.keepsDestination)
        _ = try await self.order(.accept(plan.reference, accepted))
        return .destinationAccepted
    }
}
