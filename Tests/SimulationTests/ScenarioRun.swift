import Engine
import HandOver
import Journal
import Source
import Supervisor

/// What happens around the programs in one scenario: who types what and when, which servers start, and when the network
/// is whole again, until nothing is left to do. What the programs do is theirs: see `Supervisor`.
struct ScenarioRun: Sendable {
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

    func play() async {
        if self.scenario.hasElder { await self.beginElder() }
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
        self.world.end()
    }

    private func carryOut(_ move: Scenario.Move) async {
        let race = self.scenario.race
        self.world.guardianTurns = max(0, race ?? 0)
        await self.command(move)
        async let rescue: Void = self.rescue(on: self.world.nodes[move.from])
        if let race {
            await self.orphans()
            await self.command(move, after: max(0, -race))
        }
        await rescue
        await self.orphans()
        // A guardian takes over within a moment, before anybody types again.
        await self.world.sleep(for: .seconds(2))
    }

    private func rescue(on node: SimulatedNode) async {
        guard let turns = self.scenario.rescue else { return }
        for _ in 0..<turns { await Task.yield() }
        if node.isUp { await self.recover(node) }
    }

    /// Who types at a server has one that is up.
    private func prepare(_ move: Scenario.Move) async {
        self.world.mendLink()
        if self.scenario.isPatient { return await self.comeToRest(rounds: 6) }
        let node = self.world.nodes[move.from]
        if !node.isUp { await self.recover(node) }
    }

    /// Time for guardians, and starts of servers, until nothing is left to do.
    func comeToRest(rounds: Int) async {
        for round in 0..<rounds where !self.isQuiet {
            self.world.mendLink()
            await self.orphans(hours: round > 2)
            await self.world.sleep(for: .seconds(round > 2 ? 60 : 20))
            self.checkGuarded()
            for node in self.world.nodes where !node.isUp || node.journal.hasOpen { await self.recover(node) }
            if round > 2 { await self.decideLosses() }
        }
    }

    /// Whether no journal has anything left to do, and every fault that still may has struck.
    private var isQuiet: Bool {
        let mayStrike = self.world.points <= self.scenario.faults.last
        return !mayStrike
            && self.world.nodes.allSatisfy { node in
                node.isUp && node.processes.isEmpty && !node.journal.hasOpen
            } && !self.world.hasHeldOrders
    }

    // MARK: What is typed

    /// `vzmigrate` on the node that has the container.
    func command(_ move: Scenario.Move, after turns: Int = 0) async {
        for _ in 0..<turns { await Task.yield() }
        let node = self.world.nodes[move.from]
        guard node.isUp, let typed = node.disk.configuration?.id ?? self.lastID(on: node) else { return }
        let process = self.world.process("vzmigrate", on: node)
        let server = SimulatedServer(world: self.world, process: process)
        let interruption = Interruption()
        self.world.interruption = interruption
        do {
            let context = RunContext(
                try server.open(), server.environment, server.reporter, interruption: interruption,
                freezeTimeout: .seconds(600), watch: GuardianWatch(on: server))
            let item = ContainerListItem(typed, as: move.newID.map(Self.id))
            _ = try await MigrationRun(self.request(move, item), in: context).migrate(item, server.reporter)
        } catch {
            self.world.note { "\(process.name): \(error)" }
        }
        self.world.interruption = nil
        process.end()
    }

    private func request(_ move: Scenario.Move, _ item: ContainerListItem) -> MigrationRequest {
        var request = MigrationRequest(to: self.world.nodes[move.to].name, [item])
        switch self.scenario.kind {
        case .stopped, .restarted(starting: true): break
        case .restarted(starting: false): request.starts = false
        case .online(let type): request.online = type
        case .copied: request.copies = true
        }
        request.removesArea = self.scenario.removesArea
        request.keepsDestination = self.scenario.keepsDestination
        return request
    }

    /// What somebody types who does not know that the container has gone.
    private func lastID(on node: SimulatedNode) -> ContainerID? {
        (try? node.journal.openMigrations(as: SourceMigration.self))?.first { !Self.isElder($0.plan.identity) }?
            .plan.container
    }

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

/// Another container of the first server, whose migration to the third was rolled back, and is owed to that still.
extension ScenarioRun {
    private static let elder = "77777777-7777-4777-8777-777777777777"

    static func isElder(_ identity: String) -> Bool { identity == self.elder }

    /// Its guardian has the post; then the third server is there again, and takes its time.
    private func beginElder() async {
        let (node, third) = (self.world.nodes[0], self.world.nodes[2])
        do { try self.journalElder(in: node.journal) } catch { return self.world.violate("no elder: \(error)") }
        third.isUp = false
        let worker = self.world.process("vzmigrate of another container", on: node)
        self.world.startGuardian(of: worker)
        worker.end()
        // A fault may have struck it.
        for _ in 0..<60 where node.posts[.first] == nil { await self.world.sleep(for: .seconds(1)) }
        third.isUp = true
        self.world.slow = (third, .seconds(20))
        for _ in 0..<60 where !self.world.isDelaying { await self.world.sleep(for: .milliseconds(200)) }
        self.world.slow = nil
    }

    private func journalElder(in journal: SimulatedJournal) throws {
        let container = Self.id("202")
        let plan = MigrationPlan(
            migration: self.world.newMigration(), container: container, destinationContainer: container,
            identity: Self.elder, epoch: 1, kind: .stopped, askedType: nil, removesArea: false,
            keepsDestination: false, wasDisabled: false,
            places: .init(
                destination: self.world.nodes[2].name, privateArea: "/vz/private/202", destinationPrivateArea: nil,
                destinationRoot: nil))
        var migration = try SourceMigration(startingWith: .planned(plan))
        try journal.append(.planned(plan), leadingTo: migration)
        let events: [SourceEvent] = [
            .stepStarted(.checkNodes), .checksPassed(waived: []), .interrupted(MigrationSession.processEnded),
            .stepStarted(.rollBack), .sourceRolledBack(memoryLost: false),
        ]
        for event in events {
            try migration.apply(event)
            try journal.append(event, leadingTo: migration)
        }
    }
}
