import Destination
import Engine
import HandOver
import Host
import Journal
import Source
import Supervisor

/// A simulated server as one process on it sees it.
struct SimulatedServer: SupervisedServer {
    let world: World
    let process: SimulatedProcess

    var environment: any StepEnvironment { SimulatedEnvironment(world: self.world, process: self.process) }
    var reporter: SimulatedReporter { SimulatedReporter(world: self.world, name: self.process.name) }

    func open() throws -> any SourceHost {
        try self.world.requireAlive(self.process)
        return SimulatedSourceHost(world: self.world, process: self.process)
    }

    /// A process of its own, which goes on when this one dies.
    func startGuardian() throws(StepFailure) {
        do { try self.world.reach(.deed, by: self.process) } catch { throw StepFailure(.system, "\(error)") }
        self.world.startGuardian(of: self.process)
    }

    func waitForEnd(of worker: Int32) async throws {
        await self.world.waitForEnd(of: worker, by: self.process)
        try self.world.requireAlive(self.process)
    }

    func tryPost(_ post: GuardianPost) -> LockAttempt {
        guard self.process.isAlive else { return .unknown(StepFailure(.system, "\(ProcessDied())")) }
        let attempt = self.take(post)
        switch (attempt, self.world.sabotage) {
        // Whoever found the post taken left, and whoever could not look took it for taken.
        case (.held, .guardianLeaves), (.unknown, .unknownPostIsTaken): self.process.end()
        default: break
        }
        return attempt
    }

    private func take(_ post: GuardianPost) -> LockAttempt {
        if let failure = self.world.lockFailure("\(post)") { return .unknown(StepFailure(.system, "\(failure)")) }
        let node = self.process.node
        if let holder = node.posts[post], holder.isAlive {
            return .held(sentence: "\(holder.name) has it", purpose: post.purpose)
        }
        node.posts[post] = self.process
        return .taken(SimulatedLock { [process] in if node.posts[post] === process { node.posts[post] = nil } })
    }
}

/// A lock that goes with its last reference.
private final class SimulatedLock: HeldLock {
    let announcementFailure: StepFailure? = nil
    private let release: @Sendable () -> Void

    init(_ release: @escaping @Sendable () -> Void) { self.release = release }

    deinit { self.release() }
}

/// A simulated node, opened for work by one process.
struct SimulatedSourceHost: SourceHost {
    let world: World
    let process: SimulatedProcess
    private let opened: SimulatedRecords

    init(world: World, process: SimulatedProcess) {
        (self.world, self.process) = (world, process)
        self.opened = SimulatedRecords(world: world, process: process)
    }

    private var node: SimulatedNode { self.process.node }

    var records: any MigrationRecords { self.opened }
    var arrivals: any DestinationHost { SimulatedHost(self.opened) }

    func tryLock(_ container: ContainerID, purpose: String) -> LockAttempt {
        guard self.process.isAlive else { return .unknown(StepFailure(.system, "\(ProcessDied())")) }
        let (node, process) = (self.node, self.process)
        if let failure = self.world.lockFailure("\(container).lck") {
            if self.world.sabotage == .unknownLockIsHeld { return .held(sentence: "\(failure)", purpose: nil) }
            return .unknown(StepFailure(.system, "\(failure)"))
        }
        if let lock = node.locks[container], lock.process.isAlive {
            return .held(sentence: "\(lock.process.name) holds it", purpose: lock.purpose)
        }
        node.locks[container] = .init(process: process, purpose: purpose)
        return .taken(
            SimulatedLock { if node.locks[container]?.process === process { node.locks[container] = nil } })
    }

    func isRegistered(_ container: ContainerID) -> Bool { self.node.disk.configuration?.id == container }
    func containers(called name: ContainerID) throws -> [ContainerID] { [] }

    func facts(of container: ContainerID) throws -> ContainerFacts {
        try self.world.requireAlive(self.process)
        guard let configuration = self.node.disk.configuration, configuration.id == container else {
            throw StepFailure(.noSuchContainer, "there is no container \(container)")
        }
        return ContainerFacts(
            container: container, identity: configuration.identity, isDisabled: configuration.isDisabled,
            isAlive: self.node.memory.processes != nil, privateArea: "/vz/private/\(container)")
    }

    func removesMigrated() throws -> Bool { false }
    var servesPages: Bool { true }

    func newMigration() -> UniqueID { self.world.newMigration() }
    /// A copy is somebody of its own.
    func newIdentity() -> String { "99999999-9999-4999-8999-999999999999" }

    func site(of plan: MigrationPlan) -> any SourceSite {
        let site = SimulatedSourceSite(world: self.world, process: self.process, plan: plan)
        if self.world.sabotage == .sourceThawsAfterDecision,
            self.node.journal.rows.last(where: { $0.migration == plan.migration })?.state == "committed"
        {
            try? site.thaw()
        }
        return site
    }

    func link(
        for plan: MigrationPlan, peer: PeerWitness, reconcile: @escaping ReconcileEarlier
    ) throws -> any DestinationLink {
        try SimulatedLink(plan.places.destination, world: self.world, source: self.process, reconcile: reconcile)
    }

    func unfinishedTrials() throws -> [ContainerID] {
        try self.world.requireAlive(self.process)
        return []
    }

    func endTrial(of container: ContainerID) async throws(StepFailure) {
        preconditionFailure("no simulated container is on trial; have `unfinishedTrials` say so, and thaw it here")
    }
}

/// What programs say, kept for people who read a run.
struct SimulatedReporter: SupervisorReporter {
    let world: World
    let name: String

    func tell(_ line: String) { self.world.note { "\(self.name): \(line)" } }
    func complain(_ sentence: String) { self.tell(sentence) }
    func hear(_ migration: SourceMigration) { self.world.note { "\(self.name): \(migration.phase)" } }
}
