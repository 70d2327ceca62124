import AgentSteps
import MigrationEngine
import MigrationJournal
import MigrationModel
import MigrationSteps

/// Guardians, and what a server does when it starts.
extension Play {
    /// `vzmigrate --recover` of a node, which starts first if it is down, and starts its containers then.
    func recover(_ node: SimulatedNode) async {
        let starts = !node.isUp
        node.isUp = true
        await self.guardian(on: node)
        await self.arrivals(on: node)
        if starts { self.boot(node) }
    }

    /// Ends, or goes on with, what was to leave the node.
    func guardian(on node: SimulatedNode) async {
        guard node.isUp else { return }
        let process = SimulatedProcess("guardian of \(node.name)", on: node)
        do {
            let records = SimulatedRecords(world: self.world, process: process)
            for migration in try records.openMigrations(as: SourceMigration.self) {
                try await self.resume(migration.migration, process, records)
            }
        } catch { self.world.note { "\(process.name): \(error)" } }
        process.end()
    }

    private func resume(
        _ id: MigrationID, _ process: SimulatedProcess, _ records: SimulatedRecords
    ) async throws {
        do {
            try self.lock(process)
            defer { self.unlock(process) }
            guard var migration = try records.replay(id, as: SourceMigration.self), !migration.state.isEnded else {
                return
            }
            if self.world.sabotage == .sourceThawsAfterDecision, migration.state == .committed {
                try SimulatedDeparture(world: self.world, process: process, plan: migration.plan).thaw()
            }
            try await self.worker(migration.plan, process).resume(&migration)
        } catch let failure as StepFailure {
            self.world.note { "\(process.name): \(failure)" }
        }
    }

    /// Ends what was to come to the node, as far as it may without its source.
    private func arrivals(on node: SimulatedNode) async {
        let process = SimulatedProcess("recovery of \(node.name)", on: node)
        let recovery = ArrivalRecovery(host: SimulatedHost(world: self.world, process: process))
        do {
            for migration in try recovery.unfinished() {
                do {
                    _ = try await recovery.recover(migration)
                } catch let failure as StepFailure {
                    self.world.note { "\(process.name): \(failure)" }
                }
            }
        } catch { self.world.note { "\(process.name): \(error)" } }
        process.end()
    }

    /// What a server starts by itself: a container whose configuration does not say DISABLED, if its bundle lets it.
    private func boot(_ node: SimulatedNode) {
        let kind = self.scenario.kind
        let isRegistered = node.disk.configuration.map { !$0.isDisabled && $0.identity == self.world.identity } ?? false
        let isToRun = kind.runsAtFirst && (kind != .restarted(starting: false) || node === self.world.nodes[0])
        guard isRegistered, isToRun, node.memory.processes == nil, let area = node.disk.area, area.fence == nil else {
            return
        }
        self.world.startsAnew(on: node, expected: true)
        node.memory.processes = .init(memory: 0, isAnew: true)
        self.world.check()
    }
}
