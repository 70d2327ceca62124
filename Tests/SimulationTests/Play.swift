import Engine
import HandOver
import Journal
import Source

/// A scenario as it is played: the commands, then guardians and boots until nothing is left to do.
struct Play: Sendable {
    let scenario: Scenario
    let world: World

    init(_ scenario: Scenario, in world: World) {
        self.scenario = scenario
        self.world = world
        let node = world.nodes[0]
        node.disk.configuration = .init(
            id: Self.id("101"), identity: world.identity, isDisabled: scenario.wasDisabled)
        node.disk.area = .init(content: 0, id: Self.id("101"), isDurable: true)
        if scenario.sharesStorage {
            let storage = SimulatedNode.SharedStorage(.init(content: 0, id: Self.id("101"), isDurable: true))
            for node in world.nodes { node.disk.storage = storage }
        }
        if scenario.kind.runsAtFirst { node.memory.processes = .init(memory: 0) }
    }

    static func id(_ text: String) -> ContainerID {
        guard let id = try? ContainerID(parsing: text) else { preconditionFailure("\(text) is a container's id") }
        return id
    }

    func run() async {
        for (number, move) in self.scenario.moves.enumerated() {
            if number > 0 { await self.prepare(move) }
            self.world.source = move.from
            await self.carryOut(move)
        }
        if !self.scenario.decisions.isEmpty { await self.decide() }
        await self.comeToRest(rounds: 10)
        if !self.scenario.decisions.isEmpty || self.world.lossesOfPages > 0 { await self.learn() }
        self.world.live()
        self.world.check()
        self.checkEnd()
    }

    private func carryOut(_ move: Scenario.Move) async {
        let node = self.world.nodes[move.from]
        await self.command(move)
        if let race = self.scenario.race {
            await self.orphans()
            async let guardian: Void = self.watchfulGuardian(on: node, after: max(0, race))
            async let again: Void = self.command(move, after: max(0, -race))
            _ = await (guardian, again)
        }
        // A guardian takes over within a moment, before anybody types again.
        await self.orphans()
        await self.guardian(on: node)
    }

    /// Who types at a server has one that is up.
    private func prepare(_ move: Scenario.Move) async {
        self.world.mendLink()
        if self.scenario.isPatient { return await self.comeToRest(rounds: 6) }
        let node = self.world.nodes[move.from]
        if !node.isUp { await self.recover(node) }
    }

    /// Guardians and starts of servers, until nothing is left to do.
    func comeToRest(rounds: Int) async {
        for round in 0..<rounds where !self.isQuiet {
            self.world.mendLink()
            await self.orphans(hours: round > 2)
            for node in self.world.nodes { await self.recover(node) }
            if round > 2 { await self.decideLosses() }
        }
    }

    /// Whether no journal has anything left to do, and every fault that still may has struck.
    private var isQuiet: Bool {
        let mayStrike = self.world.points <= self.scenario.faults.last
        return !mayStrike
            && self.world.nodes.allSatisfy { node in
                node.isUp && node.processes.isEmpty
                    && (try? node.journal.openMigrations(as: SourceMigration.self).isEmpty) == true
                    && (try? node.journal.openMigrations(as: DestinationMigration.self).isEmpty) == true
            } && !self.world.hasHeldOrders
    }

    // MARK: Programs

    /// `vzmigrate` on the node that has the container.
    func command(_ move: Scenario.Move, after turns: Int = 0) async {
        for _ in 0..<turns { await Task.yield() }
        let node = self.world.nodes[move.from]
        guard node.isUp else { return }
        let process = SimulatedProcess("vzmigrate", on: node)
        let interruption = Interruption()
        self.world.interruption = interruption
        do { try await self.migrate(move, process, interruption) } catch {
            self.world.note { "\(process.name): \(error)" }
        }
        self.world.interruption = nil
        process.end()
    }

    private func migrate(
        _ move: Scenario.Move, _ process: SimulatedProcess, _ interruption: Interruption
    ) async throws {
        let node = process.node
        let destination = self.world.nodes[move.to].name
        guard let id = node.disk.configuration?.id ?? self.lastID(on: node) else { return }
        try await self.lock(id, process, waiting: true)
        defer { self.unlock(id, process) }
        let records = SimulatedRecords(world: self.world, process: process)
        for var migration in try records.openMigrations(as: SourceMigration.self) {
            do {
                try await self.worker(migration.plan, process, interruption).resume(&migration)
            } catch let failure as StepFailure
                where migration.phase == .abortOwed && migration.plan.places.destination != destination
            {
                self.world.note { "goes on past \(migration.phase): \(failure)" }
            }
        }
        guard let configuration = node.disk.configuration, configuration.id == id else { return }
        let arrivals = try records.openMigrations(as: DestinationMigration.self).filter { $0.phase != .discarded }
        if let arrival = arrivals.first { throw StepFailure(.locked, "its arrival is \(arrival.phase)") }
        let asked = try self.plan(move, configuration, process)
        let worker = try self.worker(asked, process, interruption)
        let found = await Self.locate(asked, worker)
        let plan = (try? found.get()) ?? asked
        var migration = try SourceMigration(startingWith: .planned(plan))
        try await worker.log.append(.planned(plan), leadingTo: migration)
        node.memory.processes?.isAnew = false
        switch found {
        case .success:
            let site = SimulatedSourceSite(world: self.world, process: process, plan: plan)
            try await worker.leaving(site).run(&migration)
        case .failure(let failure): try await worker.giveUp(&migration, because: failure)
        }
        self.world.note { "vzmigrate: \(migration.phase)" }
    }

    private static func locate(
        _ plan: MigrationPlan, _ worker: MigrationWorker
    ) async -> Result<MigrationPlan, StepFailure> {
        do throws(StepFailure) { return .success(try await worker.located(plan)) } catch { return .failure(error) }
    }

    /// What somebody types who does not know that the container has gone.
    private func lastID(on node: SimulatedNode) -> ContainerID? {
        (try? node.journal.openMigrations(as: SourceMigration.self))?.first?.plan.container
    }

    private func plan(
        _ move: Scenario.Move, _ configuration: SimulatedNode.Configuration, _ process: SimulatedProcess
    ) throws -> MigrationPlan {
        let node = process.node
        // One that does not run, because it was moved so, moves as a stopped one.
        let kind = self.scenario.moves.count > 1 && node.memory.processes == nil ? .stopped : self.scenario.kind
        // A copy is somebody of its own.
        let identity = kind.isCopy ? "99999999-9999-4999-8999-999999999999" : self.world.identity
        let number = UInt8(truncatingIfNeeded: node.journal.rows.count + 1)
        guard let id = UniqueID(bytes: [number, UInt8(move.from)] + [UInt8](repeating: 7, count: 14)) else {
            preconditionFailure("a migration's id is 16 bytes")
        }
        let records = SimulatedRecords(world: self.world, process: process)
        return MigrationPlan(
            migration: id, container: configuration.id,
            destinationContainer: move.newID.map(Self.id) ?? configuration.id, identity: identity,
            epoch: try records.highestEpoch(of: identity) + 1, kind: kind, askedType: nil,
            removesArea: self.scenario.removesArea, keepsDestination: self.scenario.keepsDestination,
            wasDisabled: configuration.isDisabled,
            places: .init(
                destination: self.world.nodes[move.to].name, privateArea: "/vz/private/\(configuration.id)",
                destinationPrivateArea: nil, destinationRoot: nil))
    }

    func worker(
        _ plan: MigrationPlan, _ process: SimulatedProcess, _ interruption: Interruption = Interruption()
    ) throws -> MigrationWorker {
        let records = SimulatedRecords(world: self.world, process: process)
        return MigrationWorker(
            site: SimulatedSourceSite(world: self.world, process: process, plan: plan), records: records,
            log: try records.log(of: plan.migration, as: SourceMigration.self, peer: PeerWitness()),
            link: try SimulatedLink(
                plan.places.destination, world: self.world, source: process, current: plan.migration),
            session: MigrationSession(
                interruption: interruption, freezeTimeout: .seconds(600),
                environment: SimulatedEnvironment(world: self.world, process: process), tell: { _ in }),
            beforeWork: {})
    }

    /// Takes a container's lock; a command waits for a recovery that has it.
    func lock(_ id: ContainerID, _ process: SimulatedProcess, waiting: Bool) async throws {
        let environment = SimulatedEnvironment(world: self.world, process: process)
        for _ in 0..<400 where waiting && process.node.locks[id]?.purpose == Self.recovering {
            try await environment.sleep(for: .milliseconds(50))
        }
        if let lock = process.node.locks[id], lock.process !== process, lock.process.isAlive {
            throw StepFailure(.locked, "\(lock.process.name) holds it")
        }
        process.node.locks[id] = .init(process: process, purpose: waiting ? "migrating" : Self.recovering)
    }

    func unlock(_ id: ContainerID, _ process: SimulatedProcess) {
        if process.node.locks[id]?.process === process { process.node.locks[id] = nil }
    }

    private static let recovering = "recovering"

    /// What happens by itself: agents whose source is gone hear the end of their input, or lose their patience; late
    /// orders are carried out. After hours the network tells whom it has not told before.
    func orphans(hours: Bool = false) async {
        for order in self.world.takeLateOrders() { await order.value }
        if hours { for order in self.world.takeHeldOrders() { await order() } }
        for (source, agent) in self.world.agents where !source.isAlive {
            var isOver = hours || !agent.process.isForgotten
            if !isOver { isOver = await agent.losesPatience() }
            if isOver { await agent.hearEnd() }
        }
        self.world.agents.removeAll { !$0.agent.process.isAlive }
    }
}
