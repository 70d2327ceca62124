internal import ContainerIdentity
internal import MigrationModel

extension SourceSteps {
    /// Looks a last time whether the original is still held: one that a stranger let go has lived on, and what the
    /// destination holds is old.
    func decideCommit(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        // A copy's original goes on as it likes.
        guard !plan.kind.isCopy else { return .commitDecided }
        let site = self.site
        try await self.onThisNode(.system, "look at CT \(plan.container)") {
            let isHeld = plan.kind.isOnline ? try site.isHeld() : try !site.isAlive()
            guard isHeld else {
                throw StepFailure(
                    .improperContainer,
                    "somebody else let CT \(plan.container) run during its hand-over; it stays here and lives on")
            }
        }
        return .commitDecided
    }
}
