internal import ContainerHost
internal import ContainerIdentity
internal import MigrationModel

extension SourceSteps {
    /// A running container is frozen with its network dark, or stopped where it does not travel with its memory.
    func freezeContainer(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let (node, session) = (self.node, self.session)
        try await self.onThisNode(.cannotStopSource, "stop CT \(plan.container)") {
            let container = try node.container(plan.container)
            switch plan.kind {
            case .online:
                let limit = session.freezeLimit(residentBytes: try container.residentBytes())
                session.containerFreezes("\(plan.container)", limit: limit)
                try container.freeze(timeout: min(limit, .seconds(10)))
            case .restarted:
                session.containerStops()
                try container.stop(timeout: .seconds(60))
            case .stopped, .copied:
                guard try !container.isAlive() else {
                    throw StepFailure(
                        .improperContainer, "CT \(plan.container) was started by somebody else during its migration")
                }
            }
        }
        return .containerFrozen
    }
}
