internal import Engine
internal import HandOver
internal import Journal
internal import Transfer

/// The source's last word on a hand-over. Each may come again, late, or against what an operator has decided here.
extension ControlConversation {
    /// The container is ours. Answered from the journal if the migration has gone on since.
    func commit(_ reference: HandOverReference) async throws -> AgentAnswer {
        var migration = try self.locked(reference)
        let engine = try self.engine(migration)
        if migration.phase == .prepared { try await engine.record(.committed, in: &migration) }
        try await engine.run(&migration)
        if migration.awaitsPages { try await self.lookAfterPages(of: &migration) }
        if migration.phase == .committed, let loss = migration.loss { throw StepFailure(.inDoubt, loss.message) }
        switch migration.phase {
        case .resumed, .completed:
            return .activated(
                isRunning: migration.resumed?.isRunning == true, memoryLost: migration.resumed?.isMemoryLost == true,
                followed: migration.resumed?.postCopy)
        case .handedBack, .aborted:
            return .handedBack(migration.failure ?? Self.discarded(migration))
        case .discarded:
            if migration.contradiction == nil {
                try await engine.record(.contradicted(Self.discarded(migration)), in: &migration)
            }
            return .handedBack(Self.discarded(migration))
        case .accepted, .prepared, .committed, .discarding, .aborting:
            throw StepFailure(.protocolViolated, "migration \(reference.id) is \(migration.stateName), not prepared")
        }
    }

    /// The migration is off; what was made for it goes. Whatever was let go here stays, and is reported.
    func abort(_ reference: HandOverReference, _ reason: String) async throws -> AgentAnswer {
        // What never arrived here needs no abort.
        guard let id = UniqueID(parsing: reference.id),
            try self.host.records.replay(id, as: DestinationMigration.self) != nil
        else { return .done }
        var migration = try self.locked(reference)
        if migration.phase == .aborted { return .done }
        return try await self.abort(&migration, reason)
    }

    private func abort(_ migration: inout DestinationMigration, _ reason: String) async throws -> AgentAnswer {
        let engine = try self.engine(migration)
        if migration.phase == .discarding { try await engine.run(&migration) }
        try await engine.resolveStepInFlight(of: &migration)
        if migration.awaitsPages { try await self.lookAfterPages(of: &migration) }
        switch migration.phase {
        // Nothing was let go yet, or it was ended: whoever decided so, here or at the source, is overruled in time.
        case .committed where migration.mayBeTakenBack:
            try await engine.record(.abortOrdered(StepFailure(.terminated, reason)), in: &migration)
        case .committed, .resumed, .completed:
            let story = Self.contradiction(migration, reason)
            if migration.contradiction == nil { try await engine.record(.contradicted(story), in: &migration) }
            // Its original goes on already, and so it will never have all of its memory.
            if migration.awaitsPages { try await self.lose("its original goes on", isForGood: false, &migration) }
            return .contradicted(story)
        case .accepted, .prepared, .handedBack, .discarded:
            try await engine.record(.abortOrdered(StepFailure(.terminated, reason)), in: &migration)
        case .discarding, .aborting, .aborted: break
        }
        try await engine.run(&migration)
        return .done
    }

    /// It was handed back to a source that has let its original go, on an operator's word: this is the last copy, and
    /// an operator here has to say what becomes of it.
    func keep(_ migration: inout DestinationMigration) async throws {
        guard migration.contradiction == nil else { return }
        let story = StepFailure(
            .inDoubt,
            "CT \(migration.plan.container) was handed back to its source, which has let its original go meanwhile: it "
                + "runs nowhere, and its memory is lost")
        try await self.engine(migration).record(.contradicted(story), in: &migration)
    }

    private static func discarded(_ migration: DestinationMigration) -> StepFailure {
        let why = migration.decision.map { "an operator decided so: \($0.reason)" } ?? "it had been aborted"
        return StepFailure(
            .cannotStart, "the restored copy of CT \(migration.plan.container) was discarded, \(why); nothing of it ran"
        )
    }

    private static func contradiction(_ migration: DestinationMigration, _ reason: String) -> StepFailure {
        let why = migration.decision.map { "an operator decided so: \($0.reason)" } ?? "its journal has the commit"
        return StepFailure(
            .inDoubt,
            "CT \(migration.plan.container) was let go here (\(why)) while its source rolled the hand-over back "
                + "(\(reason)): two copies of it may run; stop one of them")
    }
}

/// Post-copy: what became of the remaining pages.
extension ControlConversation {
    /// Journals what has become of it since, if anything has.
    func lookAfterPages(of migration: inout DestinationMigration) async throws {
        let site = self.host.site(of: migration.plan)
        let state = try await DestinationSteps(host: self.host).work(.system) { try site.pages() }
        switch state {
        case .serving: return
        case .served(let served):
            try await self.engine(migration).record(.pagesArrived(served), in: &migration)
        case .lost(let reason): try await self.lose(reason, isForGood: false, &migration)
        case .none: try await self.lose(Self.gone, isForGood: false, &migration)
        }
    }

    /// The source has nothing more to give: what is not here now will never be.
    func endPages(of migration: inout DestinationMigration) async throws {
        if migration.awaitsPages { try await self.lookAfterPages(of: &migration) }
        guard migration.awaitsPages || migration.phase == .committed && migration.loss != nil else { return }
        if migration.awaitsPages || migration.takesDecision {
            try await self.lose("its original is gone from its source", isForGood: true, &migration)
        }
        try await self.engine(migration).run(&migration)
    }

    /// Ends a container that has not got all of its memory. One that has is here for good.
    func recall(_ reference: HandOverReference, _ reason: String) async throws -> AgentAnswer {
        var migration = try self.locked(reference)
        let engine = try self.engine(migration)
        try await engine.resolveStepInFlight(of: &migration)
        if migration.awaitsPages { try await self.lookAfterPages(of: &migration) }
        if migration.awaitsPages { try await self.endProcesses(of: migration) }
        if migration.mayBeTakenBack {
            try await engine.record(.abortOrdered(StepFailure(.terminated, reason)), in: &migration)
        }
        guard [.aborting, .aborted].contains(migration.phase) else {
            return .contradicted(
                StepFailure(.inDoubt, "CT \(migration.plan.container) is \(migration.stateName) here for good"))
        }
        try await engine.run(&migration)
        return .done
    }

    private func endProcesses(of migration: DestinationMigration) async throws {
        let site = self.host.site(of: migration.plan)
        try await DestinationSteps(host: self.host).work(.system) { try site.discardProcesses() }
    }

    /// The container is ended first: whoever brought its pages may have died without having done so.
    func lose(_ reason: String, isForGood: Bool, _ migration: inout DestinationMigration) async throws {
        try await self.endProcesses(of: migration)
        let story = StepFailure(
            .inDoubt,
            "it was stopped here before all of its memory was here: \(reason)")
        try await self.engine(migration).record(.pagesLost(story, isForGood: isForGood), in: &migration)
    }

    private static let gone =
        "what brought its pages here is gone, after a loss of power or on somebody's word"
}
