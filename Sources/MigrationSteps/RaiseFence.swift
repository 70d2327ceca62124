internal import ContainerHost
internal import ContainerIdentity
internal import ContainerRuntime
internal import MigrationModel
internal import NodeConfiguration

extension SourceSteps {
    /// From here on nothing but a recovery can start the container on this node: not what reads DISABLED, and not
    /// `runc run` of the bundle by hand. The running container goes on.
    func raiseFence(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let node = self.node
        try await self.onThisNode(.system, "fence CT \(plan.container)") {
            try node.registry.edit(plan.container) { file throws(ConfigurationError) in
                try file.set("UUID", plan.identity)
                try file.set("DISABLED", "yes")
            }
            try BundleFence.raise(
                area: plan.places.privateArea, containerID: plan.container.description,
                holder: plan.migration.description, agentPath: node.programs.agent)
        }
        return .fenceRaised
    }
}
