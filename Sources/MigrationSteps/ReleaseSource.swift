internal import ContainerIdentity
internal import MigrationEngine
internal import MigrationModel

extension SourceSteps {
    /// Ends the frozen original, and renames or removes what is left of it. May be done again from any point.
    func releaseSource(_ migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        let plan = migration.plan
        let (site, records) = (self.site, self.records)
        try await self.onThisNode(.system, "clear CT \(plan.container) away") {
            // What is in place after a later migration of the same container is that one's, and none of ours.
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
    private static func leave(_ site: any DepartureSite, removing: Bool) throws {
        try site.destroy()
        if removing { try site.unregister() } else { try site.archiveConfiguration() }
    }

    private static func clear(_ site: any DepartureSite, removing: Bool) throws {
        if site.hasArea() { try site.destroy() }
        if removing {
            // Under another name first: half of an area must never be taken for the container.
            if site.hasArea() { try site.condemnArea() }
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
