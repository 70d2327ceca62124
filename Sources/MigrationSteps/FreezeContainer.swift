internal import AgentProtocol
internal import ContainerIdentity
internal import MigrationEngine
internal import MigrationModel

extension SourceSteps {
    /// A running container is frozen with its network dark, or stopped where it does not travel with its memory.
    func freezeContainer(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let (site, session) = (self.site, self.session)
        // The next pass finds the container frozen or stopped: its sessions are opened now.
        if !plan.sharesStorage { try await self.link.reserve(.finalTree, of: plan.reference) }
        if plan.kind.isOnline {
            try await self.link.reserve(.images, of: plan.reference)
            try await self.link.reserveMemory(of: plan.reference, interruption: session.interrupting)
        }
        let start = session.environment.now
        try await self.onThisNode(.cannotStopSource, "stop CT \(plan.container)") {
            switch plan.kind {
            case .online:
                let limit = session.freezeLimit(residentBytes: try site.residentBytes())
                session.containerFreezes("\(plan.container)", limit: limit)
                try site.freeze(timeout: min(limit, .seconds(10)))
                // From here on nothing of it writes, and its dump shall have all the time that there is.
                try site.endThrottle()
            case .restarted:
                session.containerStops()
                try site.stop(timeout: .seconds(60))
            case .stopped, .copied:
                guard try !site.isAlive() else {
                    throw StepFailure(
                        .improperContainer, "CT \(plan.container) was started by somebody else during its migration")
                }
            }
        }
        session.note("freeze", since: start)
        return .containerFrozen
    }
}
