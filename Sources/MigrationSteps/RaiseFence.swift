internal import ContainerIdentity
internal import MigrationModel

extension SourceSteps {
    /// From here on nothing but a recovery can start the container on this node: not what reads DISABLED, and not
    /// `runc run` of the bundle by hand. The running container goes on.
    func raiseFence(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let site = self.site
        try await self.onThisNode(.system, "fence CT \(plan.container)") {
            try site.disable()
            try site.raiseFence()
        }
        return .fenceRaised
    }
}
