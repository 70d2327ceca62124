import Engine
import HandOver
import Journal
import Source
import Supervisor

/// What operators type, and what a server does when it starts.
extension ScenarioRun {
    /// `vzmigrate --recover` of a node, which starts first if it is down, and starts its containers then.
    func recover(_ node: SimulatedNode) async {
        let starts = !node.isUp
        node.isUp = true
        if await self.recover(RecoveryRequest(), on: node) {
            node.isStruck = false
            self.checkArrivalsGuarded(node)
        }
        if starts { self.boot(node) }
    }

    /// - Returns: whether the program has lived to its end.
    private func recover(_ request: RecoveryRequest, on node: SimulatedNode) async -> Bool {
        let process = self.world.process("vzmigrate --recover on \(node.name)", on: node)
        let server = SimulatedServer(world: self.world, process: process)
        _ = await Recovery(request, on: server, server.reporter).run(watch: GuardianWatch(on: server))
        defer { process.end() }
        return process.isAlive
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
            // The other one may run, and tell its clients and its disk, until the word is carried out.
            if self.scenario.kind.isLazy || self.scenario.sharesStorage { self.world.forgive() }
        }
    }

    /// Somebody runs vzmigrate between the two again, for whatever container: what each has on record of the other
    /// comes up. A destination that has handed back what its source has let go, too, needs its operator again.
    func learn() async {
        let (source, destination) = (self.world.nodes[0], self.world.nodes[1])
        var undisturbed = 0
        for _ in 0..<8 where undisturbed < 2 {
            if self.world.points > self.scenario.faults.last { undisturbed += 1 }
            await self.visit(destination, from: source)
            await self.comeToRest(rounds: 4)
            let arrivals = try? destination.journal.openMigrations(as: DestinationMigration.self)
            guard arrivals?.contains(where: { $0.contradiction != nil && $0.takesDecision }) == true else { continue }
            await self.assume(OperatorDecision(.committed, because: "its source has let it go"), on: destination)
        }
    }

    private func visit(_ destination: SimulatedNode, from source: SimulatedNode) async {
        let process = self.world.process("vzmigrate of another container", on: source)
        guard let other = UniqueID(bytes: [UInt8](repeating: 9, count: 16)) else { return }
        let earlier = Reconciliation(
            of: SimulatedRecords(world: self.world, process: process), complain: { _ in })
        let link = try? SimulatedLink(destination.name, world: self.world, source: process) { reference, exchange in
            try await earlier.reconcile(reference, current: other, exchange)
        }
        try? await link?.assureHistory()
        await link?.close()
        process.end()
    }

    /// `vzmigrate --recover CT --assume` on a node, of each container of which anything is unfinished.
    func assume(_ decision: OperatorDecision, on node: SimulatedNode) async {
        self.world.note { "an operator on \(node.name): \(decision.outcome)" }
        let departing = ((try? node.journal.openMigrations(as: SourceMigration.self)) ?? [])
            .filter { !Self.isElder($0.plan.identity) }
        let arriving = (try? node.journal.openMigrations(as: DestinationMigration.self)) ?? []
        var named: Set<ContainerID> = []
        for id in departing.map(\.plan.container) + arriving.map(\.plan.container) where named.insert(id).inserted {
            _ = await self.recover(RecoveryRequest(containers: [id], decision: decision), on: node)
        }
    }

    /// What a server starts by itself: a container whose configuration does not say DISABLED, if its bundle lets it.
    private func boot(_ node: SimulatedNode) {
        guard let configuration = node.disk.configuration, configuration.identity == self.world.identity else { return }
        guard node.memory.processes == nil, let area = node.disk.area else { return }
        // Its recovery was cut short: it is whole, and somebody has to start it.
        if self.scenario.kind.isLazy, area.fence != nil { self.world.isAtRest = true }
        guard area.fence == nil else { return }
        // One that is only planned was not touched: whatever its configuration says is its own word.
        let moving = try? node.journal.openMigrations(as: SourceMigration.self)
            .filter { !$0.plan.kind.isCopy && $0.phase != .abortOwed && $0.phase != .planned }
        if configuration.isDisabled, moving?.isEmpty == true { self.world.isAtRest = true }
        guard !configuration.isDisabled, self.isToRun(on: node) else { return }
        self.world.startsAnew(on: node, expected: true)
        node.memory.processes = .init(memory: 0, isAnew: true)
        self.world.check()
    }
}
