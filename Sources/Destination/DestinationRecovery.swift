internal import Container
internal import Engine
package import HandOver
internal import Host
internal import Journal
internal import Transfer

/// What a destination does about its unfinished migrations without being asked by their source: all that it may.
package struct DestinationRecovery: Sendable {
    private let host: any DestinationHost

    package init(host: any DestinationHost) { self.host = host }

    /// Every migration towards this node that has not ended, oldest first.
    package func unfinished() throws -> [DestinationMigration] {
        try self.host.records.openMigrations(as: DestinationMigration.self)
    }

    /// Goes on with a migration whose agent is gone, up to where only its source may decide.
    ///
    /// - Parameters:
    ///   - migration: replayed from this node's journal.
    ///   - decision: an operator's, in the source's place; `nil` for none.
    /// - Returns: the migration as it stands now.
    /// - Throws: `StepFailure`, of status `locked` while an agent still works on it; any other error comes from the
    ///   journal, and the process must end.
    package func recover(
        _ migration: DestinationMigration, assuming decision: OperatorDecision? = nil
    ) async throws -> DestinationMigration {
        try await ControlConversation(host: self.host, peer: PeerWitness()).recover(migration, decision)
    }
}

extension ControlConversation {
    fileprivate func recover(
        _ migration: DestinationMigration, _ decision: OperatorDecision?
    ) async throws -> DestinationMigration {
        var migration = try self.lockedAlone(migration)
        let engine = try self.engine(migration)
        if migration.phase.isEnded { return migration }
        if let decision { try await engine.record(.assumed(decision), in: &migration) }
        if migration.phase == .accepted {
            try await engine.resolveStepInFlight(of: &migration)
            if migration.phase == .accepted { try await engine.record(.abortOrdered(Self.lost), in: &migration) }
        }
        try await engine.run(&migration)
        if migration.awaitsPages { try await self.lookAfterPages(of: &migration) }
        if migration.mayEndAlone { try await self.complete(&migration) }
        return migration
    }

    /// An agent that works on it is left alone.
    private func lockedAlone(_ migration: DestinationMigration) throws -> DestinationMigration {
        let reference = HandOverReference(id: migration.migration.description, epoch: migration.epoch)
        do {
            return try self.locked(reference, succeeding: false)
        } catch let error as ContainerLockError {
            throw StepFailure(error, at: .destination)
        }
    }

    private static let lost = StepFailure(
        .connectionBroken, "vzmigrate-agent ended before the container was prepared")
}
