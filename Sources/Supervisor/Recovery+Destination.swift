internal import Destination
internal import Engine
internal import HandOver
internal import Journal

extension Recovery {
    /// The same for a container that was on its way to this server.
    ///
    /// - Returns: why it has not ended; `nil` where it has, or waits for its source in order.
    /// - Throws: likewise, and what the journal throws.
    func recover(_ migration: DestinationMigration, _ context: RunContext) async throws -> StepFailure? {
        try self.check(migration)
        let outcome = try await DestinationRecovery(host: context.host.arrivals)
            .recover(migration, assuming: self.request.decision)
        if let doubt = Self.doubt(outcome) { return doubt }
        self.reporter.tell("CT \(migration.plan.container): \(Self.line(outcome))")
        return nil
    }

    /// What failed, and needs no word of its source, is tried again by a guardian: it must not wait for the next start
    /// of this server.
    func takeArrival(
        _ failure: StepFailure, _ container: ContainerID, _ context: RunContext, _ report: inout Report
    ) {
        let isOurs = failure.status != .inDoubt && failure.status != .locked && failure.status != .usage
        if self.request.isGuardians, !isOurs { return }
        self.take(failure, container, &report)
        guard isOurs else { return }
        report.owesMore = true
        self.haveGuarded(container, context, &report)
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
        guard migration.phase == .prepared else { return nil }
        return StepFailure(
            .inDoubt,
            "migration \(migration.migration.short) is prepared here and only its source knows whether it was decided: "
                + "the container is held, stopped, until the source has said so; if that server is gone for good: "
                + "vzmigrate --recover \(migration.plan.container) --assume committed|aborted --because TEXT")
    }

    private static func line(_ migration: DestinationMigration) -> String {
        let id = migration.migration.short
        switch migration.phase {
        case .resumed where migration.awaitsPages:
            return "it runs here and awaits the rest of its memory from its source (migration \(id))"
        case .resumed, .completed:
            let memory = migration.resumed?.isMemoryLost == true ? " It was started anew; its memory is lost." : ""
            return "it is here (migration \(id)); its source has yet to hear of it.\(memory)"
        case .handedBack: return "it is its source's again (migration \(id)); nothing of it ran here"
        case .discarded, .aborted: return "nothing of migration \(id) is left here"
        case .accepted, .prepared, .committed, .discarding, .aborting:
            return "migration \(id) is \(migration.phase.rawValue)"
        }
    }
}

extension Recovery {
    /// Containers that stand still because whoever tried to dump them has died.
    ///
    /// - Returns: how many there were.
    func recoverTrials(_ context: RunContext, _ report: inout Report) async throws -> Int {
        let trials = try context.host.unfinishedTrials().filter(self.request.names)
        guard !trials.isEmpty else { return 0 }
        var found = 0
        let moving = try self.containersOnTheirWay(context)
        for id in trials where !moving.contains(id) {
            do throws(StepFailure) {
                // Whoever is at work on it has its lock.
                let lock = try context.lock(id, purpose: Self.purpose)
                defer { withExtendedLifetime(lock) {} }
                guard try self.isUnfinished(id, context) else { continue }
                found += 1
                try await context.host.endTrial(of: id)
                self.reporter.tell("CT \(id): its trial dump was cut short; it goes on")
            } catch {
                report.owesMore = true
                if self.request.isGuardians, error.status == .locked { continue }
                self.take(error, id, &report)
                self.haveGuarded(id, context, &report)
            }
        }
        return found
    }

    /// A mark says nothing of a container that a migration holds: it may be frozen for good.
    private func containersOnTheirWay(_ context: RunContext) throws -> Set<ContainerID> {
        let departing = try context.host.records.openMigrations(as: SourceMigration.self).map(\.plan.container)
        let arriving = try context.host.records.openMigrations(as: DestinationMigration.self).map(\.plan.container)
        return Set(departing + arriving)
    }

    /// The same, under the container's lock: nobody can end it, or begin to move the container, any more.
    private func isUnfinished(_ id: ContainerID, _ context: RunContext) throws(StepFailure) -> Bool {
        do {
            return try context.host.unfinishedTrials().contains(id)
                && !self.containersOnTheirWay(context).contains(id)
        } catch {
            throw StepFailure(.system, "\(error)")
        }
    }
}
