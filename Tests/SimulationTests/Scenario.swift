import MigrationEngine
import MigrationJournal
import MigrationModel
import MigrationSteps

/// One container, what is asked of it, and what goes wrong.
struct Scenario: Sendable {
    let kind: MigrationKind
    var keepsDestination = false
    var removesArea = false
    /// Where it is sent, one after the other; every command is given once, whatever became of the one before.
    var destinations = ["node2"]
    var faults = FaultPlan()
    var sabotage: Sabotage?

    /// What came of a run.
    struct Report: Sendable {
        let violations: [String]
        let points: Int
        let notes: [String]
        let journals: [String]
    }

    func run(codec: Bool = true, keepsNotes: Bool = false) -> Report {
        SimulationThread.run { thread in
            let world = World(
                self.faults, on: thread, kind: self.kind, sabotage: self.sabotage, codec: codec,
                keepsNotes: keepsNotes)
            let play = Play(self, in: world)
            await play.run()
            return Report(
                violations: world.violations, points: world.points, notes: world.notes,
                journals: keepsNotes
                    ? world.nodes.flatMap { node in node.journal.story.map { "\(node.name): \($0)" } } : [])
        }
    }
}

extension Scenario {
    /// What happens in it, event by event, with both journals: for a run that ends wrong.
    var story: String {
        let report = self.run(keepsNotes: true)
        let title = "\(self.kind) to \(self.destinations), keeps \(self.keepsDestination), \(self.faults):"
        return ([title] + report.violations + report.notes + report.journals).joined(separator: "\n")
    }
}

/// A scenario as it is played: the commands, then guardians and boots until nothing is left to do.
struct Play: Sendable {
    let scenario: Scenario
    let world: World
    private var home: SimulatedNode { self.world.nodes[0] }

    init(_ scenario: Scenario, in world: World) {
        self.scenario = scenario
        self.world = world
        let node = world.nodes[0]
        node.disk.configuration = .init(identity: world.identity, isDisabled: false)
        node.disk.area = .init(content: 0, isDurable: true)
        if scenario.kind.runsAtFirst { node.memory.processes = .init(memory: 0) }
    }

    func run() async {
        for destination in self.scenario.destinations {
            await self.command(destination)
            // A guardian takes over within a moment, before anybody types again.
            await self.orphans()
            await self.guardian(on: self.home)
        }
        for _ in 0..<8 where !self.isQuiet {
            self.world.mendLink()
            await self.orphans()
            for node in self.world.nodes { await self.recover(node) }
        }
        self.world.live()
        self.world.check()
        self.checkEnd()
    }

    /// Whether no journal has anything left to do and every fault has struck.
    private var isQuiet: Bool {
        self.world.points > self.scenario.faults.last
            && self.world.nodes.allSatisfy { node in
                node.isUp && node.processes.isEmpty
                    && (try? node.journal.openMigrations(as: SourceMigration.self).isEmpty) == true
                    && (try? node.journal.openMigrations(as: DestinationMigration.self).isEmpty) == true
            }
    }

    // MARK: Programs

    /// `vzmigrate` on the node that has the container.
    private func command(_ destination: String) async {
        guard self.home.isUp else { return }
        let process = SimulatedProcess("vzmigrate", on: self.home)
        self.world.interruption = Interruption()
        try? await self.migrate(to: destination, process)
        self.world.interruption = nil
        process.end()
    }

    private func migrate(to destination: String, _ process: SimulatedProcess) async throws {
        try self.lock(process)
        defer { self.unlock(process) }
        let records = SimulatedRecords(world: self.world, process: process)
        for var migration in try records.openMigrations(as: SourceMigration.self) {
            do {
                try await self.worker(migration.plan, process).resume(&migration)
            } catch let failure as StepFailure
                where migration.state == .abortOwed && migration.plan.places.destination != destination
            {
                self.world.note { "goes on past \(migration.state): \(failure)" }
            }
        }
        guard self.home.disk.configuration != nil else { return }
        let plan = try self.plan(to: destination, records)
        var migration = try SourceMigration(startingWith: .planned(plan))
        let worker = try self.worker(plan, process)
        try await worker.log.append(.planned(plan), leadingTo: migration)
        try await worker.run(&migration)
        self.world.note { "vzmigrate: \(migration.state)" }
    }

    private func plan(to destination: String, _ records: SimulatedRecords) throws -> MigrationPlan {
        let kind = self.scenario.kind
        // A copy is somebody of its own.
        let identity = kind.isCopy ? "99999999-9999-4999-8999-999999999999" : self.world.identity
        let number = UInt8(truncatingIfNeeded: records.journal.rows.count + 1)
        guard let id = MigrationID(bytes: [number] + [UInt8](repeating: 7, count: 15)) else {
            preconditionFailure("a migration's id is 16 bytes")
        }
        return MigrationPlan(
            migration: id, container: self.world.container, destinationContainer: self.world.container,
            identity: identity, epoch: try records.highestEpoch(of: identity) + 1, kind: kind, askedType: nil,
            removesArea: self.scenario.removesArea, keepsDestination: self.scenario.keepsDestination,
            wasDisabled: false,
            places: .init(
                destination: destination, privateArea: "/vz/private/101", destinationPrivateArea: nil,
                destinationRoot: nil))
    }

    func worker(_ plan: MigrationPlan, _ process: SimulatedProcess) throws -> MigrationWorker {
        let records = SimulatedRecords(world: self.world, process: process)
        return MigrationWorker(
            site: SimulatedDeparture(world: self.world, process: process, plan: plan), records: records,
            log: try records.log(of: plan.migration, as: SourceMigration.self, peer: PeerWitness()),
            link: try SimulatedLink(
                plan.places.destination, world: self.world, source: process, current: plan.migration),
            session: MigrationSession(
                interruption: self.world.interruption ?? Interruption(), freezeTimeout: .seconds(600),
                environment: SimulatedEnvironment(world: self.world, process: process), tell: { _ in }),
            beforeWork: {})
    }

    func lock(_ process: SimulatedProcess) throws {
        if let holder = process.node.locks[self.world.container], holder !== process, holder.isAlive {
            throw StepFailure(.locked, "\(holder.name) holds it")
        }
        process.node.locks[self.world.container] = process
    }

    func unlock(_ process: SimulatedProcess) {
        if process.node.locks[self.world.container] === process { process.node.locks[self.world.container] = nil }
    }

    /// What happens by itself: agents whose source is gone hear the end of their input, late orders are carried out.
    private func orphans() async {
        for order in self.world.takeLateOrders() { await order.value }
        for (source, agent) in self.world.agents where !source.isAlive { await agent.hearEnd() }
        self.world.agents.removeAll { !$0.agent.process.isAlive }
    }
}
