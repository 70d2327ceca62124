internal import Container
internal import Engine
package import HandOver
internal import Transfer

/// Carries the destination's steps out on this node.
package struct DestinationSteps: StepPerformer {
    package typealias Machine = DestinationMigration

    let host: any DestinationHost
    /// What the source says there has to be; `nil` but while preparing.
    let expected: ContentDigests?

    package init(host: any DestinationHost, expected: ContentDigests? = nil) {
        self.host = host
        self.expected = expected
    }

    package func perform(
        _ step: DestinationStep, of migration: DestinationMigration
    ) async throws(StepFailure) -> DestinationEvent {
        let plan = migration.plan
        return switch step {
        case .prepareContainer: try await self.work(.system) { try self.prepareContainer(plan) }
        case .activateContainer: try await self.work(.cannotStart) { try self.activateContainer(migration) }
        case .discardContainer: try await self.work(.system) { try self.discardContainer(plan) }
        }
    }

    /// A preparation that was cut off is discarded; a removal looks at what there is and is carried out again; so is an
    /// activation, which may have let the container run.
    package func observe(
        _ step: DestinationStep, of migration: DestinationMigration
    ) async throws(StepFailure) -> DestinationEvent? {
        switch step {
        case .prepareContainer:
            .stepFailed(step, StepFailure(.connectionBroken, "vzmigrate-agent ended while it prepared the container"))
        case .activateContainer:
            .stepFailed(step, StepFailure(.connectionBroken, "vzmigrate-agent ended while it let the container go"))
        case .discardContainer: nil
        }
    }

    /// Runs work of this node on a thread of its own; whatever it throws becomes the failure of a step.
    func work<Result: Sendable>(
        _ status: ExitStatus, _ work: @escaping @Sendable () throws -> Result
    ) async throws(StepFailure) -> Result {
        try await self.host.environment.blocking { () throws(StepFailure) in
            do { return try work() } catch { throw StepFailure(error, at: .destination, else: status) }
        }
    }
}

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
    private func discardProcesses(of site: any DestinationSite) throws -> DestinationEvent {
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
        let isOurs = migration.phase != .discarded
        try await self.work(.system) {
            if plan.kind.isLazy, isOurs { try site.lowerFence() }
            try site.forget()
        }
    }
}
