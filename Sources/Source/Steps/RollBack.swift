internal import HandOver
internal import SSH
internal import Transfer

extension SourceSteps {
    /// Gives the container back what it had when the migration began: frozen it is thawed, gone it is started, stopped
    /// it stays so; only a fence that we set is lowered. Looks at what there is, so it may be repeated from any point.
    func rollBack(_ migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        let (site, plan) = (self.site, migration.plan)
        // CRIU's words are for whoever wants to know why it could not.
        let wantsNoLogs = migration.failure?.status != .liveMigrationFailed && migration.decision == nil
        return try await self.onThisNode(.system, "give CT \(plan.container) back") {
            let keptMemory = try plan.kind.isCopy || Self.giveBack(migration, on: site)
            try site.removeDirectories(withLogs: wantsNoLogs, withIndex: !plan.keepsDestination)
            return .sourceRolledBack(memoryLost: plan.kind.isOnline && !keptMemory)
        }
    }

    /// Whether the processes are those that ran when the migration began.
    private static func giveBack(_ migration: SourceMigration, on site: any SourceSite) throws -> Bool {
        let plan = migration.plan
        try site.endLeftovers()
        if try Self.mayBeOld(migration, on: site) { try site.destroy() }
        // First of all: a thaw takes milliseconds, and every other deed a flush of the disk.
        let isAlive = try Self.isAlive(site)
        if plan.kind.isOnline, isAlive {
            try site.thaw()
            try site.endThrottle()
        }
        // A roll-back before this one may have started it anew and come no further.
        let isOriginal = try plan.kind.isOnline && isAlive && site.isOriginal()
        try site.lowerFence()
        if !plan.wasDisabled { try site.enable() }
        guard plan.kind.runsAtFirst else { return true }
        try Self.finishStop(of: migration, on: site)
        try Self.isAlive(site) ? site.reconnect() : site.start()
        return isOriginal
    }

    /// An operator took it back from a destination that nobody could ask. That may have let it go, and have written to
    /// the one area since: an old memory never runs over a newer disk, so it is started anew.
    private static func mayBeOld(_ migration: SourceMigration, on site: any SourceSite) throws -> Bool {
        guard migration.plan.sharesStorage, migration.plan.kind.isOnline, migration.decision?.outcome == .aborted else {
            return false
        }
        // One that was started anew by a roll-back before this one is not.
        return try site.isAlive() && site.isOriginal()
    }

    /// One that a roll-back before this one only half started does not run, and never will by itself.
    private static func isAlive(_ site: any SourceSite) throws -> Bool {
        try site.isAlive() && !site.isHalfStarted()
    }

    /// A stop that did not come to its end may have sent its signal: the container is about to end, and is not to be
    /// taken for one that runs.
    private static func finishStop(of migration: SourceMigration, on site: any SourceSite) throws {
        guard case .restarted = migration.plan.kind else { return }
        guard case .rollingBack(let rollBack) = migration.state, rollBack.freezeBegan, try Self.isAlive(site) else {
            return
        }
        try site.stop(timeout: .seconds(60))
    }
}

extension SourceSteps {
    /// Tells the destination that the migration is off, so that nothing of it stays there.
    func deliverAbort(_ migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        let reason = migration.failure?.message ?? "the source gave the migration up"
        var attempts = DeliveryAttempts(in: self.session.environment)
        while true {
            do throws(StepFailure) {
                let answer = try await self.link.request(
                    .abort(migration.plan.reference, because: reason), interruption: nil)
                switch answer {
                case .done: return .abortAcknowledged
                case .contradicted(let refusal):
                    return .contradicted(refusal.on(self.link.destination.host))
                case .activated, .handedBack, .inspected, .sought, .refused:
                    throw StepFailure(.protocolViolated, "the agent answered an abort with \(answer)")
                }
            } catch {
                guard await attempts.mayTryAgain(after: error) else { throw error }
            }
        }
    }
}
