internal import Engine
internal import HandOver
internal import Transfer

extension SourceSteps {
    /// The destination journals the migration and its epoch: from here on an abort is owed to it.
    func openDestination(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let arriving = try await self.arrivingContainer(plan)
        let accepted = AcceptedContainer(arriving: arriving, keepsArea: plan.keepsDestination)
        _ = try await self.order(.accept(plan.reference, accepted))
        return .destinationAccepted
    }
}

extension SourceSteps {
    /// From here on nothing but a recovery can start the container on this node: not what reads DISABLED, and not
    /// `runc run` of the bundle by hand. The running container goes on.
    func raiseFence(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let site = self.site
        try await self.onThisNode(.system, "fence CT \(plan.container)") {
            try site.disable()
            try site.raiseFence()
        }
        return .fenceRaised
    }
}

extension SourceSteps {
    /// Copies the private area while the container may change it. A stopped container's first pass is this one too, so
    /// that the last pass has as little to do for it as for any other.
    func syncTree(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let site = self.site
        try await self.onThisNode(.system, "make directories") { try site.makeDirectories() }
        let pass = try await self.send(.warmTree, plan)
        self.session.say(
            "CT \(plan.container): synced \(pass.entries) entries, \(pass.contentBytes) bytes in "
                + "\(pass.duration.wholeMilliseconds) ms")
        return .treeSynced(pass)
    }

    func send(_ stream: BulkStream, _ plan: MigrationPlan) async throws(StepFailure) -> SyncedTree {
        if plan.sharesStorage, stream != .images { return try await self.lookOver(plan, isStill: stream == .finalTree) }
        return try await self.link.send(
            stream, self.site.tree(of: stream), of: plan.reference, interruption: self.session.interrupting)
    }

    /// The destination has the area already, and sees there what was written when all of it is on the storage: a pass
    /// that sends nothing, so that the last one has as little to bring there as can be.
    private func lookOver(_ plan: MigrationPlan, isStill: Bool) async throws(StepFailure) -> SyncedTree {
        let (site, session, start) = (self.site, self.session, self.session.environment.now)
        do {
            var tree = try await self.onThisNode(.copyFailed, "look over the private area of CT \(plan.container)") {
                try site.sharedTree(isStill: isStill, cancellation: session.cancellation)
            }
            tree.duration = start.duration(to: session.environment.now)
            return tree
        } catch {
            throw session.interrupting.reason ?? error
        }
    }
}

extension SourceSteps {
    /// Copies what the destination does not hold of the running container's memory, and beside it what changed in its
    /// files meanwhile: so the frozen pass has as little to do as can be, and it is known how long that takes.
    func iterateMemory(_ migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        let plan = migration.plan
        let isFirst = migration.state.rounds.isEmpty
        let site = self.site
        let memory = try await self.onThisNode(.liveMigrationFailed, "look at the memory of CT \(plan.container)") {
            try site.memory()
        }
        let throttle = migration.state.rounds.nextThrottle(autoConverges: plan.autoConverges)
        if let throttle {
            try await self.onThisNode(.liveMigrationFailed, "throttle CT \(plan.container)") {
                try site.throttle(percent: throttle)
            }
        }
        let expected = isFirst ? try? site.residentBytes() : migration.state.rounds.last.map { $0.sentPages << 12 }
        self.session.beginPart(expecting: expected)
        async let files = isFirst ? nil : self.send(.warmTree, plan)
        var round = try await self.send(memory, plan).round
        do {
            round.fileDuration = try await files?.duration
        } catch {
            throw StepFailure(error, at: .source, else: .copyFailed)
        }
        round.throttle = throttle
        let number = migration.state.rounds.count + 1
        self.session.say(
            "CT \(plan.container): round \(number) sent \(round.sentPages) of \(round.pages) "
                + "pages, \(round.wireBytes) bytes, in \(round.duration.wholeMilliseconds) ms"
                + (throttle.map { ", with \($0) % of its processor time taken away" } ?? ""))
        return .memorySent(round)
    }

    /// Sends memory on the session that all passes of a migration share.
    func send(_ memory: OutgoingMemory, _ plan: MigrationPlan) async throws(StepFailure) -> SentMemory {
        try await self.link.send(memory, from: self.site, of: plan.reference, interruption: self.session.interrupting)
    }
}
