internal import ContainerIdentity
internal import MigrationJournal
internal import MigrationModel
internal import MigrationSteps
internal import NodeConfiguration

extension Recovery {
    /// Containers that stand still because whoever tried to dump them has died.
    ///
    /// - Returns: how many there were.
    func recoverTrials(_ workplace: Workplace, _ report: inout Report) async throws -> Int {
        var found = 0
        let moving = try self.containersOnTheirWay(workplace)
        for id in try workplace.node.registry.containers() where self.request.names(id) {
            do throws(StepFailure) {
                let directory = workplace.node.layout.runDirectory(id)
                guard !moving.contains(id), TrialDump.isUnfinished(in: directory) else { continue }
                // Whoever is at work on it has its lock.
                let lock = try workplace.lock(id, purpose: Self.purpose)
                defer { withExtendedLifetime(lock) {} }
                guard TrialDump.isUnfinished(in: directory), try self.isAtRest(id, workplace) else { continue }
                found += 1
                try await TrialDump(of: workplace.node.container(id)).end()
                Output.tell("CT \(id): its trial dump was cut short; it goes on")
            } catch {
                report.owesMore = true
                if self.request.isGuardians, error.status == .locked { continue }
                report.take(error, id)
            }
        }
        return found
    }

    /// A mark says nothing of a container that a migration holds: it may be frozen for good.
    private func containersOnTheirWay(_ workplace: Workplace) throws -> Set<ContainerID> {
        let departing = try workplace.journal.openMigrations(as: SourceMigration.self).map(\.plan.container)
        let arriving = try workplace.journal.openMigrations(as: DestinationMigration.self).map(\.plan.container)
        return Set(departing + arriving)
    }

    /// The same, under the container's lock: nobody can begin to move it any more.
    private func isAtRest(_ id: ContainerID, _ workplace: Workplace) throws(StepFailure) -> Bool {
        do { return try !self.containersOnTheirWay(workplace).contains(id) } catch {
            throw StepFailure(.system, "\(error)")
        }
    }
}
