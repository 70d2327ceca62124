internal import MigrationModel

extension DestinationSteps {
    /// Removes what was made for this migration; with `--keep-dst` the synced area stays for the next attempt.
    func discardContainer(_ plan: DestinationPlan) throws -> DestinationEvent {
        let site = self.host.site(of: plan)
        try site.endLeftovers()
        try site.endReceptions()
        if plan.sharesStorage { return try self.discardProcesses(of: site) }
        if try site.isInPlace() {
            try site.discardProcesses()
            // One that was let go, and is taken back because its memory did not all come, was registered.
            try site.unregister()
            try site.moveOutOfPlace()
        }
        let keeps = try plan.keepsArea && site.holdsAnything()
        if !keeps { try site.removeIncoming() }
        try site.removeWorkDirectories()
        return .aborted(kept: keeps)
    }

    /// The area is its source's, which lowers its fence and may have let the container go already: nothing of it is
    /// touched here.
    private func discardProcesses(of site: any ArrivalSite) throws -> DestinationEvent {
        try site.discardProcesses()
        try site.unregister()
        try site.removeWorkDirectories()
        return .aborted(kept: false)
    }

    /// Removes what only the migration needed, once the source has nothing more to ask.
    func forget(_ migration: DestinationMigration) async throws(StepFailure) {
        let plan = migration.plan
        let site = self.host.site(of: plan)
        // One that was discarded is not here; of an area that is shared the fence is none of ours then.
        let isOurs = migration.state != .discarded
        try await self.work(.system) {
            if plan.kind.isLazy, isOurs { try site.lowerFence() }
            try site.forget()
        }
    }
}
