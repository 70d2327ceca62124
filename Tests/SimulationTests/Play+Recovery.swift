import Destination
import Engine
import HandOver
import Journal
import Source

/// Guardians, operators, and what a server does when it starts.
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
    ///
    /// - Returns: whether anything is still owed.
    @discardableResult
    func guardian(on node: SimulatedNode) async -> Bool {
        guard node.isUp else { return false }
        let process = SimulatedProcess("guardian of \(node.name)", on: node)
        defer { process.end() }
        var owesMore = false
        do {
            let records = SimulatedRecords(world: self.world, process: process)
            for migration in try records.openMigrations(as: SourceMigration.self) {
                do { try await self.resume(migration, nil, process) } catch let failure as StepFailure {
                    self.world.note { "\(process.name): \(failure)" }
                    owesMore = true
                }
            }
        } catch { self.world.note { "\(process.name): \(error)" } }
        return owesMore
    }

    /// The guardian of a run, which tries again for as long as anything is owed.
    func watchfulGuardian(on node: SimulatedNode, after turns: Int) async {
        for _ in 0..<turns { await Task.yield() }
        for attempt in 0..<8 {
            guard await self.guardian(on: node) else { return }
            self.world.pass(.milliseconds(200 << attempt))
            for _ in 0..<min(64, 4 << attempt) { await Task.yield() }
        }
    }

    private func resume(
        _ found: SourceMigration, _ decision: OperatorDecision?, _ process: SimulatedProcess
    ) async throws {
        let id = found.plan.container
        try await self.lock(id, process, waiting: false)
        defer { self.unlock(id, process) }
        let records = SimulatedRecords(world: self.world, process: process)
        guard var migration = try records.replay(found.migration, as: SourceMigration.self), !migration.phase.isEnded
        else { return }
        if self.world.sabotage == .sourceThawsAfterDecision, migration.phase == .committed {
            try SimulatedSourceSite(world: self.world, process: process, plan: migration.plan).thaw()
        }
        let worker = try self.worker(migration.plan, process)
        guard let decision else { return try await worker.resume(&migration) }
        guard migration.takes(decision) else { throw StepFailure(.usage, "nothing is in doubt") }
        try await worker.resume(&migration, assuming: decision)
    }

    /// Ends what was to come to the node, as far as it may without its source.
    private func arrivals(on node: SimulatedNode, assuming decision: OperatorDecision? = nil) async {
        let process = SimulatedProcess("recovery of \(node.name)", on: node)
        let recovery = DestinationRecovery(host: SimulatedHost(world: self.world, process: process))
        do {
            for migration in try recovery.unfinished() where decision == nil || migration.takesDecision {
                do {
                    _ = try await recovery.recover(migration, assuming: decision)
                } catch let failure as StepFailure {
                    self.world.note { "\(process.name): \(failure)" }
                }
            }
        } catch { self.world.note { "\(process.name): \(error)" } }
        process.end()
    }

    /// Of memory that did not all come an operator decides, this way and that.
    func decideLosses() async {
        for destination in self.world.nodes where destination.isUp {
            let arrivals = (try? destination.journal.openMigrations(as: DestinationMigration.self)) ?? []
            for arrival in arrivals where arrival.loss != nil && arrival.takesDecision {
                await self.decide(arrival, at: destination)
            }
        }
    }

    private func decide(_ arrival: DestinationMigration, at destination: SimulatedNode) async {
        let departure = self.world.nodes.compactMap { node in
            (try? node.journal.replay(arrival.migration, as: SourceMigration.self)).map { (node: node, $0) }
        }.first
        guard let (source, migration) = departure else { return }
        self.world.forgive()
        let isCommitted =
            migration.decision.map { $0.outcome == .committed }
            ?? (migration.phase.isEnded || self.world.points % 2 == 0)
        let decision = OperatorDecision(isCommitted ? .committed : .aborted, because: "its memory is lost")
        if migration.decision == nil, migration.takes(decision) { await self.assume(decision, on: source) }
        guard isCommitted else { return }
        if self.world.points % 4 == 0 { await self.assume(decision, on: destination) }
        await self.visit(destination, from: source)
    }

    /// Each server thinks that the other one is gone for good, and its operator says what became of the hand-over.
    func decide() async {
        self.world.cutLink()
        for decision in self.scenario.decisions {
            let node = self.world.nodes[decision.node]
            await self.recover(node)
            guard node.isUp else { continue }
            // With a memory that followed goes what had not come yet.
            // Nor does an old memory go on over a disk that the other one may have written to.
            if self.scenario.kind.isLazy || self.scenario.sharesStorage { self.world.forgive() }
            await self.assume(OperatorDecision(decision.outcome, because: "the other one burnt"), on: node)
        }
    }

    /// Somebody runs vzmigrate between the two again, for whatever container: what each has on record of the other
    /// comes up. A destination that has handed back what its source has let go, too, needs its operator again.
    func learn() async {
        let (source, destination) = (self.world.nodes[0], self.world.nodes[1])
        for _ in 0..<2 {
            await self.visit(destination, from: source)
            await self.comeToRest(rounds: 4)
            let arrivals = try? destination.journal.openMigrations(as: DestinationMigration.self)
            guard arrivals?.contains(where: { $0.contradiction != nil && $0.takesDecision }) == true else { continue }
            await self.assume(OperatorDecision(.committed, because: "its source has let it go"), on: destination)
        }
    }

    private func visit(_ destination: SimulatedNode, from source: SimulatedNode) async {
        let process = SimulatedProcess("vzmigrate of another container", on: source)
        guard let other = UniqueID(bytes: [UInt8](repeating: 9, count: 16)) else { return }
        let link = try? SimulatedLink(destination.name, world: self.world, source: process, current: other)
        try? await link?.assureHistory()
        await link?.close()
        process.end()
    }

    /// `vzmigrate --recover CT --assume` on a node.
    func assume(_ decision: OperatorDecision, on node: SimulatedNode) async {
        self.world.note { "an operator on \(node.name): \(decision.outcome)" }
        let process = SimulatedProcess("operator on \(node.name)", on: node)
        do {
            let records = SimulatedRecords(world: self.world, process: process)
            for migration in try records.openMigrations(as: SourceMigration.self) {
                try await self.resume(migration, decision, process)
            }
        } catch { self.world.note { "\(process.name): \(error)" } }
        process.end()
        await self.arrivals(on: node, assuming: decision)
    }

    /// What a server starts by itself: a container whose configuration does not say DISABLED, if its bundle lets it.
    private func boot(_ node: SimulatedNode) {
        guard let configuration = node.disk.configuration, configuration.identity == self.world.identity else { return }
        guard node.memory.processes == nil, let area = node.disk.area else { return }
        // Its recovery was cut short: it is whole, and somebody has to start it.
        if self.scenario.kind.isLazy, area.fence != nil { self.world.isAtRest = true }
        guard area.fence == nil else { return }
        let moving = try? node.journal.openMigrations(as: SourceMigration.self)
            .filter { !$0.plan.kind.isCopy && $0.phase != .abortOwed }
        if configuration.isDisabled, moving?.isEmpty == true { self.world.isAtRest = true }
        guard !configuration.isDisabled, self.isToRun(on: node) else { return }
        self.world.startsAnew(on: node, expected: true)
        node.memory.processes = .init(memory: 0, isAnew: true)
        self.world.check()
    }
}
