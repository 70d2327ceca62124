internal import AgentSteps
internal import MigrationJournal
internal import MigrationModel

extension Recovery {
    /// The same for containers that were on their way to this server. What failed, and needs no word of its source, is
    /// tried again by a guardian: it must not wait for the next start of this server.
    ///
    /// - Returns: how many there were.
    func recoverArrivals(_ workplace: Workplace, _ report: inout Report) async throws -> Int {
        let migrations = try workplace.arrivals.unfinished().filter { self.request.names($0.plan.container) }
        for migration in migrations {
            let container = migration.plan.container
            do {
                try self.check(migration)
                let outcome = try await workplace.arrivals.recover(migration, assuming: self.request.decision)
                if let doubt = Self.doubt(outcome) { throw doubt }
                Output.tell("CT \(container): \(Self.line(outcome))")
            } catch let error where !(error is JournalError) {
                let failure = error as? StepFailure ?? StepFailure(.system, "\(error)")
                let isOurs = failure.status != .inDoubt && failure.status != .locked && failure.status != .usage
                if self.request.isGuardians, !isOurs { continue }
                report.take(failure, container)
                guard isOurs else { continue }
                report.owesMore = true
                try workplace.guardian?.watch()
            }
        }
        return migrations.count
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
