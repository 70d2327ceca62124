internal import AgentProtocol
internal import ContainerIdentity
internal import MemoryTransfer
internal import MigrationModel

extension SourceSteps {
    /// Copies what the destination does not hold of the running container's memory, and beside it what changed in its
    /// files meanwhile: so the frozen pass has as little to do as can be, and it is known how long that takes.
    func iterateMemory(_ migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        let plan = migration.plan
        let isFirst = migration.rounds.isEmpty
        let site = self.site
        let memory = try await self.onThisNode(.liveMigrationFailed, "look at the memory of CT \(plan.container)") {
            try site.memory()
        }
        let throttle = migration.rounds.nextThrottle(autoConverges: plan.autoConverges)
        if let throttle {
            try await self.onThisNode(.liveMigrationFailed, "throttle CT \(plan.container)") {
                try site.throttle(percent: throttle)
            }
        }
        let expected = isFirst ? try? site.residentBytes() : migration.rounds.last.map { $0.sentPages << 12 }
        self.session.beginPart(expecting: expected)
        async let files = isFirst ? nil : self.send(.warmTree, plan)
        var round = try await self.send(memory, plan).round
        do {
            round = round.with(fileNanoseconds: try await files?.nanoseconds, throttle: throttle)
        } catch {
            throw (error as? StepFailure) ?? StepFailure(.copyFailed, "\(error)")
        }
        self.session.say(
            "CT \(plan.container): round \(migration.rounds.count + 1) sent \(round.sentPages) of \(round.pages) "
                + "pages, \(round.wireBytes) bytes, in \(round.nanoseconds / 1_000_000) ms"
                + (throttle.map { ", with \($0) % of its processor time taken away" } ?? ""))
        return .memorySent(round)
    }

    /// Sends memory on the session that all passes of a migration share.
    func send(_ memory: OutgoingMemory, _ plan: MigrationPlan) async throws(StepFailure) -> SentMemory {
        try await self.link.send(memory, from: self.site, of: plan.reference, interruption: self.session.interrupting)
    }
}
