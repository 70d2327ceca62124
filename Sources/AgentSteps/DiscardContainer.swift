internal import ContainerHost
internal import ContainerRuntime
internal import Glibc
internal import HostAccess
internal import MigrationModel
internal import NodeConfiguration

extension DestinationSteps {
    /// Removes what was made for this migration; with `--keep-dst` the synced area stays for the next attempt.
    func discardContainer(_ plan: DestinationPlan) throws -> DestinationEvent {
        let (area, incoming) = (plan.places.privateArea, plan.places.incomingArea)
        let directories = self.directories(of: plan)
        try HostedContainer.endLeftovers(logs: directories.logs)
        try directories.area.endReceptions()
        if self.isOurs(area, plan) {
            try self.discardProcesses(plan)
            try DurableFile.rename(area, to: incoming)
        }
        let keeps = plan.keepsArea && directories.area.holdsAnything
        if !keeps { try directories.area.discard() }
        try AreaRemoval.remove(directories.run)
        try AreaRemoval.remove(directories.state)
        try directories.removeEmptyLogs()
        return .aborted(kept: keeps)
    }

    /// Whether what is at the area's final place was put there by this migration: its fence says so. Anything else
    /// there is somebody else's.
    private func isOurs(_ area: String, _ plan: DestinationPlan) -> Bool {
        guard DurableFile.exists(area), !DurableFile.exists(plan.places.incomingArea) else { return false }
        return (try? BundleFence.holder(area: area)) == plan.migration.description
    }

    private func discardProcesses(_ plan: DestinationPlan) throws {
        // Without the mark nothing was made, and the container may be one that cannot be hosted here at all.
        let mark = "\(self.directories(of: plan).run)/\(HostedContainer.arrivalMark)"
        guard DurableFile.exists(mark) else { return }
        let configuration = try ArrivalConfiguration(of: plan, on: self.node.registry).configuration
        try HostedContainer(configuration: configuration, area: plan.places.privateArea, on: self.node.programs)
            .discardArrival()
    }

    /// Removes what only the migration needed, once the source has nothing more to ask.
    func forget(_ plan: DestinationPlan) async throws(StepFailure) {
        let directories = self.directories(of: plan)
        try await self.work(.system) {
            // A courtesy to the segment's switches: a container that has moved on since, or ended, needs none.
            try? self.announceAgain(plan)
            try directories.area.forget()
            for directory in [directories.run, directories.state, directories.logs] {
                try AreaRemoval.remove(directory)
            }
        }
    }

    /// One announcement may be lost, or meet a switch that has not yet learned that the source's port is gone.
    private func announceAgain(_ plan: DestinationPlan) throws {
        let configuration = try ArrivalConfiguration(of: plan, on: self.node.registry).configuration
        let container = try HostedContainer(
            configuration: configuration, area: plan.places.privateArea, on: self.node.programs)
        guard try container.isAlive() else { return }
        for _ in 0..<3 {
            try container.announce()
            usleep(50_000)
        }
    }
}
