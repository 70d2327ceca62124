internal import Engine
internal import HandOver
internal import Transfer

extension SourceSteps {
    /// Ends the frozen original, and renames or removes what is left of it. May be done again from any point.
    func releaseSource(_ migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        let plan = migration.plan
        let (site, records) = (self.site, self.records)
        try await self.onThisNode(.system, "clear CT \(plan.container) away") {
            // After a later migration of the same container, what is in place belongs to that one.
            guard try records.highestEpoch(of: plan.identity) == plan.epoch else { return }
            // Once its configuration has gone the container is cleared away as far as the area, which goes first.
            guard try site.isRegistered() else { return }
            if plan.sharesStorage {
                try Self.leave(site, removing: plan.removesArea)
            } else {
                try Self.clear(site, removing: plan.removesArea)
            }
        }
        try await self.endMigration(migration)
        return .sourceReleased
    }

    /// The area is the destination's, which has lowered its fence or is about to: nothing of it is touched here.
    private static func leave(_ site: any SourceSite, removing: Bool) throws {
        try site.destroy()
        if removing { try site.unregister() } else { try site.archiveConfiguration() }
    }

    private static func clear(_ site: any SourceSite, removing: Bool) throws {
        if try site.hasArea() { try site.destroy() }
        if removing {
            // Under another name first: half of an area must never be taken for the container.
            if try site.hasArea() { try site.condemnArea() }
            try site.removeCondemned()
            try site.unregister()
        } else {
            try site.archiveArea()
            // Only now: at no instant is there an unfenced bundle in the container's own place. The archive is what the
            // container was, and its configuration keeps DISABLED.
            try site.lowerArchivesFence()
            try site.archiveConfiguration()
        }
    }
}

extension SourceSteps {
    /// The copy is registered; the destination forgets what only the migration needed, and so does this node.
    func registerCopy(_ migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        try await self.endMigration(migration)
        return .copyRegistered
    }

    /// Removes what only the migration needed, on both nodes.
    ///
    /// After an operator's decision the destination is not told that all is well. The next session asks what it has,
    /// and both report a different story.
    func endMigration(_ migration: SourceMigration) async throws(StepFailure) {
        let (site, plan) = (self.site, migration.plan)
        try await self.onThisNode(.system, "remove directories") {
            try site.removeDirectories(withLogs: true, withIndex: true)
        }
        guard migration.decision == nil else { return }
        do throws(StepFailure) {
            try await self.sayComplete(plan)
        } catch {
            // It is fenced there, and may wait for pages that will never come, until it has heard this.
            if plan.kind.isLazy { throw error }
            // The container is where it belongs on both nodes; the destination hears the end with the next greeting.
            self.session.say("CT \(plan.container): the destination was not told that all is done: \(error.message)")
        }
    }

    private func sayComplete(_ plan: MigrationPlan) async throws(StepFailure) {
        do throws(StepFailure) {
            _ = try await self.link.request(.complete(plan.reference), interruption: nil)
        } catch {
            // The conversation may have ended in the time that the rest of the memory took.
            guard plan.kind.isLazy else { throw error }
            _ = try await self.link.request(.complete(plan.reference), interruption: nil)
        }
    }
}
