internal import AgentProtocol
internal import MigrationEngine
internal import MigrationJournal
internal import MigrationModel
internal import PostCopy

/// Memory that follows a container which runs here.
extension ControlConversation {
    /// Journals what has become of it since, if anything has.
    func lookAfterPages(of migration: inout DestinationMigration) async throws {
        let site = self.host.site(of: migration.plan)
        let state = try await DestinationSteps(host: self.host).work(.system) { try site.pages() }
        switch state {
        case .serving: return
        case .served(let served):
            try await self.engine(migration).record(
                .pagesArrived(FollowedMemory(placed: served.placed, dropped: served.dropped)), in: &migration)
        case .lost(let reason): try await self.lose(reason, isForGood: false, &migration)
        case .none: try await self.lose(Self.gone, isForGood: false, &migration)
        }
    }

    /// The source has nothing more to give: what is not here now will never be.
    func endPages(of migration: inout DestinationMigration) async throws {
        if migration.awaitsPages { try await self.lookAfterPages(of: &migration) }
        guard migration.awaitsPages || migration.state == .committed && migration.loss != nil else { return }
        if migration.awaitsPages || migration.takesDecision {
            try await self.lose("its original is gone from its source", isForGood: true, &migration)
        }
        try await self.engine(migration).run(&migration)
    }

    /// Ends a container that has not got all of its memory. One that has is here for good.
    func recall(_ reference: HandOverReference, _ reason: String) async throws -> AgentAnswer {
        var migration = try self.locked(reference)
        let engine = try self.engine(migration)
        try await engine.settle(&migration)
        if migration.awaitsPages { try await self.lookAfterPages(of: &migration) }
        if migration.awaitsPages { try await self.endProcesses(of: migration) }
        if migration.mayBeTakenBack {
            try await engine.record(.abortOrdered(StepFailure(.terminated, reason)), in: &migration)
        }
        guard [.aborting, .aborted].contains(migration.state) else {
            return .contradicted(
                AgentRefusal(.inDoubt, "CT \(migration.plan.container) is \(migration.stateName) here for good"))
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
