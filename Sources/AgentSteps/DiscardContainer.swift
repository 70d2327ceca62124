internal import MigrationModel

extension DestinationSteps {
    /// Removes what was made for this migration; with `--keep-dst` the synced area stays for the next attempt.
    func discardContainer(_ plan: DestinationPlan) throws -> DestinationEvent {
        let site = self.host.site(of: plan)
        try site.endLeftovers()
        try site.endReceptions()
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

    /// Removes what only the migration needed, once the source has nothing more to ask.
    func forget(_ plan: DestinationPlan) async throws(StepFailure) {
        let site = self.host.site(of: plan)
        try await self.work(.system) {
            if plan.kind.isLazy { try site.lowerFence() }
            try site.forget()
        }
    }
}
