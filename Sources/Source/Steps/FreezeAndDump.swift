internal import Engine
internal import HandOver
internal import Transfer

extension SourceSteps {
    /// A running container is frozen with its network dark, or stopped where it does not travel with its memory.
    func freezeContainer(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let (site, session) = (self.site, self.session)
        // The next pass finds the container frozen or stopped: its sessions are opened now.
        if !plan.sharesStorage { try await self.link.reserve(.finalTree, of: plan.reference) }
        if plan.kind.isOnline {
            try await self.link.reserve(.images, of: plan.reference)
            try await self.link.reserveMemory(of: plan.reference, interruption: session.interrupting)
        }
        let start = session.environment.now
        try await self.onThisNode(.cannotStopSource, "stop CT \(plan.container)") {
            switch plan.kind {
            case .online:
                let limit = session.freezeLimit(residentBytes: try site.residentBytes())
                session.containerFreezes("\(plan.container)", limit: limit)
                try site.freeze(timeout: min(limit, .seconds(10)))
                // Nothing of it writes from here on, and the dump gets all the time that there is.
                try site.endThrottle()
            case .restarted:
                session.containerStops()
                try site.stop(timeout: .seconds(60))
            case .stopped, .copied:
                guard try !site.isAlive() else {
                    throw StepFailure(
                        .improperContainer, "CT \(plan.container) was started by somebody else during its migration")
                }
            }
        }
        session.note("freeze", since: start)
        return .containerFrozen
    }
}

extension SourceSteps {
    /// Dumps the frozen container, then sends side by side what changed in its files, what CRIU wrote of it, and the
    /// pages that the destination does not hold.
    func dumpContainer(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        guard plan.kind.isOnline else {
            let tree = try await self.send(.finalTree, plan)
            return .containerDumped(
                ContainerDump(ContentDigests(treeDigest: tree.digest), parts: [Self.file(tree)]))
        }
        do {
            return .containerDumped(try await self.dumpAndSend(plan))
        } catch {
            throw StepFailure(error, at: .source, else: .copyFailed)
        }
    }

    private func dumpAndSend(_ plan: MigrationPlan) async throws -> ContainerDump {
        self.session.beginPart(expecting: nil)
        let start = self.session.environment.now
        let (dumped, signal) = AsyncStream.makeStream(of: Void.self)
        async let end: Void = self.checkpoint(plan, signal)
        // CRIU takes its time to end after the dump is whole.
        let isDumped = await dumped.first { true } != nil
        let dump = TimedPart("dump", start.duration(to: self.session.environment.now))
        if !isDumped { try await end }
        // Not before: CRIU makes directories in the container's file system and removes them.
        async let tree = self.send(.finalTree, plan)
        async let images = self.send(.images, plan)
        let site = self.site
        let memory = try await self.onThisNode(.liveMigrationFailed, "read the dump of CT \(plan.container)") {
            try site.dumpedMemory()
        }
        let (pages, sentImages, sentTree): (SentMemory, SyncedTree, SyncedTree)
        do {
            pages = try await self.send(memory, plan)
            (sentImages, sentTree) = try await (images, tree)
            try await end
        } catch {
            // The container stands still until the others have ended too.
            self.session.cancellation.cancel()
            throw error
        }
        return ContainerDump(
            ContentDigests(
                treeDigest: sentTree.digest, imagesDigest: sentImages.digest, memoryDigest: pages.digest),
            parts: [
                dump, Self.file(sentTree), TimedPart("memory", pages.round.duration),
                TimedPart("images", sentImages.duration),
            ])
    }

    /// Signals when the dump is whole, and finishes the signal in any case.
    private func checkpoint(
        _ plan: MigrationPlan, _ signal: AsyncStream<Void>.Continuation
    ) async throws(StepFailure) {
        defer { signal.finish() }
        let (site, session) = (self.site, self.session)
        try await self.onThisNode(.liveMigrationFailed, "dump CT \(plan.container)") {
            try site.checkpoint(timeout: session.freezeLimit(residentBytes: site.residentBytes())) { signal.yield() }
        }
    }

    private static func file(_ pass: SyncedTree) -> TimedPart {
        TimedPart("last file pass", pass.duration)
    }
}

extension SourceSteps {
    /// The destination verifies both digests, restores the container without letting it run, and votes.
    func prepareDestination(_ migration: SourceMigration) async throws(StepFailure) -> SourceEvent {
        guard let expected = migration.state.expectedDump?.content else {
            throw StepFailure(.system, "nothing was synced or dumped")
        }
        if migration.plan.kind.isLazy { try await self.offerPages(migration.plan) }
        let start = self.session.environment.now
        _ = try await self.order(.prepare(migration.plan.reference, expected))
        self.session.note("restore", since: start)
        return .destinationPrepared
    }
}
