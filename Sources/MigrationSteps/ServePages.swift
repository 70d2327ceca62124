internal import AgentProtocol
internal import ContainerIdentity
internal import MemoryTransfer
internal import MigrationModel
internal import SecureShell

extension SourceSteps {
    /// Whoever restores the container may touch pages that are still here.
    func offerPages(_ plan: MigrationPlan) async throws(StepFailure) {
        let memory = try await self.originalsMemory(plan)
        try await self.link.offerPages(of: memory, to: plan.reference)
    }

    /// Gives the container at the destination the rest of its memory. A connection that breaks is made again, and what
    /// is still awaited goes on over the new one.
    ///
    /// - Throws: a failure of status `inDoubt` that says where the container is and what will end the doubt. The original
    ///   stays frozen.
    func servePages(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let site = self.site
        let isAlive = try await self.onThisNode(.system, "look at CT \(plan.container)") { try site.isAlive() }
        guard isAlive else { return .originalLost(Self.originalGone(plan)) }
        var attempts = DeliveryAttempts(in: self.session.environment)
        while true {
            do throws(StepFailure) {
                try await self.assureHeld(plan)
                let memory = try await self.originalsMemory(plan)
                return .pagesServed(try await self.link.servePages(of: memory, to: plan.reference))
            } catch {
                if error.status == .inDoubt { throw try await self.lost(plan, error) }
                guard await attempts.mayTryAgain(after: error) else { throw self.waiting(plan, error) }
                self.session.say("CT \(plan.container): \(error.message); the rest of its memory is sent again")
            }
        }
    }

    private func originalsMemory(_ plan: MigrationPlan) async throws(StepFailure) -> OutgoingMemory {
        let site = self.site
        return try await self.onThisNode(.liveMigrationFailed, "read the dump of CT \(plan.container)") {
            try site.dumpedMemory()
        }
    }

    /// The destination journals it too, if it can be reached.
    private func lost(_ plan: MigrationPlan, _ failure: StepFailure) async throws(StepFailure) -> StepFailure {
        do throws(StepFailure) {
            _ = try await self.link.request(.commit(plan.reference), interruption: nil)
        } catch {
            guard error.status == .inDoubt else { throw error }
        }
        let host = self.link.destination.host
        return StepFailure(
            .inDoubt,
            "CT \(plan.container) was stopped on \(host) before all of its memory was there (\(failure.message)); its "
                + "original is frozen here as it was at the hand-over; decide: vzmigrate --recover \(plan.container) "
                + "--assume aborted --because TEXT has it go on here from that moment, and what it did on \(host) since "
                + "is lost; --assume committed, first here and then on \(host), starts it anew there, without its memory")
    }

    private func waiting(_ plan: MigrationPlan, _ failure: StepFailure) -> StepFailure {
        let host = self.link.destination.host
        return StepFailure(
            .inDoubt,
            "CT \(plan.container) runs on \(host) and awaits the rest of its memory, which is here in its frozen original "
                + "(\(failure.message)): it stands still where it needs a page of it; the guardian goes on sending as "
                + "soon as \(host) can be reached, and vzmigrate --recover \(plan.container) does so at once")
    }

    private static func originalGone(_ plan: MigrationPlan) -> StepFailure {
        StepFailure(
            .inDoubt,
            "the frozen original of CT \(plan.container) is gone from this server, after a loss of power or on somebody's "
                + "word, before all of its memory was at the destination")
    }
}
