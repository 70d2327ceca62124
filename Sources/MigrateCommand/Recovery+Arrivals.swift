internal import AgentSteps
internal import ContainerIdentity
internal import MigrationJournal
internal import MigrationModel

extension Recovery {
    /// The same for a container that was on its way to this server.
    ///
    /// - Returns: why it has not ended; `nil` where it has, or waits for its source in order.
    /// - Throws: likewise, and what the journal throws.
    func recover(_ migration: DestinationMigration, _ workplace: Workplace) async throws -> StepFailure? {
        try self.check(migration)
        let outcome = try await workplace.arrivals.recover(migration, assuming: self.request.decision)
        if let doubt = Self.doubt(outcome) { return doubt }
        Output.tell("CT \(migration.plan.container): \(Self.line(outcome))")
        return nil
    }

    /// What failed, and needs no word of its source, is tried again by a guardian: it must not wait for the next start
    /// of this server.
    func takeArrival(
        _ failure: StepFailure, _ container: ContainerID, _ workplace: Workplace, _ report: inout Report
    ) throws(StepFailure) {
        let isOurs = failure.status != .inDoubt && failure.status != .locked && failure.status != .usage
        if self.request.isGuardians, !isOurs { return }
        report.take(failure, container)
        guard isOurs else { return }
        report.owesMore = true
        try workplace.guardian?.watch()
    }

    private func check(_ migration: DestinationMigration) throws(StepFailure) {
        guard self.request.decision != nil, !migration.takesDecision else { return }
        throw StepFailure(
            .usage,
            "the migration is \(migration.stateName) here, which leaves nothing to assume; run vzmigrate --recover "
                + "without --assume")
    }

    private static func doubt(_ migration: DestinationMigration) -> StepFailure? {
        if migration.takesDecision, let story = migration.contradiction ?? migration.loss {
            return StepFailure(
                story.status,
                "\(story.message); vzmigrate --recover \(migration.plan.container) --assume committed|aborted "
                    + "--because TEXT has it run here, or removes it")
        }
        guard migration.state == .prepared else { return nil }
        return StepFailure(
            .inDoubt,
            "migration \(migration.migration.short) is prepared here and only its source knows whether it was decided: "
                + "the container is held, stopped, until the source has said so; if that server is gone for good: "
                + "vzmigrate --recover \(migration.plan.container) --assume committed|aborted --because TEXT")
    }

    private static func line(_ migration: DestinationMigration) -> String {
        let id = migration.migration.short
        switch migration.state {
        case .resumed where migration.awaitsPages:
            return "it runs here and awaits the rest of its memory from its source (migration \(id))"
        case .resumed, .completed:
            let memory = migration.isMemoryLost ? " It was started anew; its memory is lost." : ""
            return "it is here (migration \(id)); its source has yet to hear of it.\(memory)"
        case .handedBack: return "it is its source's again (migration \(id)); nothing of it ran here"
        case .discarded, .aborted: return "nothing of migration \(id) is left here"
        case .accepted, .prepared, .committed, .discarding, .aborting:
            return "migration \(id) is \(migration.state.rawValue)"
        }
    }
}
