internal import AgentProtocol
internal import MigrationEngine
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
        try await self.lose("its original is gone from its source", isForGood: true, &migration)
        try await self.engine(migration).run(&migration)
    }

    /// The container is ended first: whoever brought its pages may have died without having done so.
    private func lose(_ reason: String, isForGood: Bool, _ migration: inout DestinationMigration) async throws {
        let site = self.host.site(of: migration.plan)
        try await DestinationSteps(host: self.host).work(.system) { try site.discardProcesses() }
        let story = StepFailure(
            .inDoubt,
            "CT \(migration.plan.container) was stopped here before all of its memory was here: \(reason)")
        try await self.engine(migration).record(.pagesLost(story, isForGood: isForGood), in: &migration)
    }

    private static let gone =
        "what brought its pages here is gone, after a loss of power or on somebody's word"
}
