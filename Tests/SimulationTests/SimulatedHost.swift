import Container
import Destination
import Engine
import HandOver
import Host
import Transfer

/// A simulated node as an agent on it sees it.
struct SimulatedHost: DestinationHost {
    private let opened: SimulatedRecords

    init(_ opened: SimulatedRecords) { self.opened = opened }

    private var world: World { self.opened.world }
    private var process: SimulatedProcess { self.opened.process }

    static let registry = {
        let layout = NodeLayout(root: "/nowhere")
        return ContainerRegistry(
            layout: layout,
            global: GlobalConfiguration(
                layout: layout, file: ConfigurationFile(emptyAt: layout.globalConfiguration)))
    }()

    var records: any MigrationRecords { self.opened }
    var environment: any StepEnvironment { SimulatedEnvironment(world: self.world, process: self.process) }
    var registry: ContainerRegistry { Self.registry }

    func sees(_ sought: SoughtArea, at place: String) throws -> Bool {
        try self.world.requireAlive(self.process)
        let disk = self.process.node.disk
        // An area is where its id says.
        guard let area = disk.area, let id = area.id, place.hasSuffix("/private/\(id)") else { return false }
        guard let probe = sought.probe else { return true }
        return disk.storage.map { $0.probe == probe.content && probe.sight == "shared" } ?? false
    }

    func survey(_ arriving: IncomingContainer, _ questions: InspectionQuestions?) throws -> NodeSurvey {
        try self.world.requireAlive(self.process)
        var survey = NodeSurvey()
        let node = self.process.node
        if node.disk.configuration != nil || (node.disk.area != nil) != arriving.sharesStorage
            || node.memory.processes != nil
        {
            survey.failures.append(StepFailure(.containerExists, "it exists here"))
        }
        survey.facts = questions.map { _ in .simulated }
        return survey
    }

    func site(of plan: DestinationPlan) -> any DestinationSite {
        SimulatedDestinationSite(world: self.world, process: self.process, plan: plan)
    }

    func lock(_ plan: DestinationPlan, succeeding: Bool) throws -> any HeldContainer {
        try self.world.requireAlive(self.process)
        let node = self.process.node
        let purpose = "arriving by migration \(plan.migration)"
        if let failure = self.world.lockFailure("\(plan.container).lck") {
            guard self.world.sabotage == .unknownLockIsHeld else {
                throw ContainerLockError.lock(plan.container, .file(failure))
            }
            throw ContainerLockError.lock(plan.container, .held(path: failure.path, by: "somebody"))
        }
        if let lock = node.locks[plan.container], lock.process !== self.process, lock.process.isAlive {
            guard succeeding, lock.purpose == purpose else {
                if succeeding, lock.process.isForgotten, lock.process.peer === self.process.peer {
                    self.world.violate("\(node.name): an agent that nobody speaks to keeps its own source out")
                }
                throw ContainerLockError.lock(plan.container, .held(path: "\(plan.container).lck", by: lock.purpose))
            }
            lock.process.end()
            try self.site(of: plan).endLeftovers()
        }
        node.locks[plan.container] = .init(process: self.process, purpose: purpose)
        return Held(id: plan.container, migration: plan.migration, process: self.process)
    }

    private final class Held: HeldContainer {
        let id: ContainerID
        let migration: UniqueID
        let announcementFailure: StepFailure? = nil
        private let process: SimulatedProcess

        init(id: ContainerID, migration: UniqueID, process: SimulatedProcess) {
            (self.id, self.migration, self.process) = (id, migration, process)
        }

        deinit {
            let isOurs = self.process.node.locks[self.id].map { lock in
                lock.process === self.process && lock.purpose.hasSuffix("\(self.migration)")
            }
            if isOurs == true { self.process.node.locks[self.id] = nil }
        }
    }
}

extension DestinationFacts {
    /// Of a server that has all that a container of the same kind of server may need.
    static var simulated: Self {
        let room = Room(bytes: 1 << 40, inodes: nil)
        return Self(
            node: .simulated, area: room, kept: Room(bytes: 0, inodes: nil), memory: 1 << 40, imagesRoom: 1 << 40)
    }
}

extension NodeFacts {
    static var simulated: Self {
        Self(
            architecture: "simulated", processorFeatures: [], technologies: [], controlGroupVersion: 2,
            clock: NodeFacts.now, criuVersion: "4.2.1")
    }
}

/// Simulated time; what blocks runs at once, and everything of a dead process comes to nothing.
struct SimulatedEnvironment: StepEnvironment {
    let world: World
    let process: SimulatedProcess

    var now: ContinuousClock.Instant { self.world.now }

    func sleep(for time: Duration) async throws {
        await self.world.sleep(for: time)
        try self.world.requireAlive(self.process)
    }

    func alarm(after time: Duration, _ ring: @escaping @Sendable () -> Void) {
        self.world.alarm(after: time, ring)
    }

    func blocking<Result: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        await Task.yield()
        return try body()
    }
}
