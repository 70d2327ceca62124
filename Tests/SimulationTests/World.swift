import Glibc
import HandOver
import Host
import Journal
import Source
import Supervisor
import Transfer

/// Everything that is simulated in one run: three servers, the links between them, the clock, the faults, and what must
/// never be.
///
/// `@unchecked`: a simulation runs on one thread, see `SimulationThread`.
final class World: @unchecked Sendable {
    let nodes: [SimulatedNode]
    let faults: FaultPlan
    let kind: MigrationKind
    /// What the source has in its journal of each migration.
    var plannedKinds: [UniqueID: MigrationKind] = [:]
    let sabotage: Sabotage?
    /// Whom faults strike as the source, by number; every other node is a destination.
    var source = 0
    /// `UUID=` of the container.
    let identity = "0c8ee6c5-7f8a-4b0a-9a53-8f2d8a6fb3c1"
    /// How many points were reached: where a fault can strike.
    private(set) var points = 0
    private(set) var violations: [String] = []
    /// What must never be but where operators have decided against each other.
    private(set) var breaches: [String] = []
    /// What clients and the platter were told: no copy may ever be behind it.
    private(set) var acknowledged = (memory: 0, content: 0)
    private(set) var powerLosses = 0
    private(set) var hasLostAppend = false
    /// Whether a source's report of its destination's other story is about to be appended, or to be heard.
    var isReporting = false
    /// How often pages that follow the container were lost.
    private(set) var lossesOfPages = 0
    /// Whether nothing passes between any two nodes.
    private(set) var isLinkCut = false
    private var linkFault: LinkFault?
    /// Every agent that was started, and by whom.
    var agents: [(source: SimulatedProcess, agent: SimulatedAgent)] = []
    private var lateOrders: [Task<Void, Never>] = []
    private var heldOrders: [@Sendable () async -> Void] = []
    private let thread: SimulationThread
    private let clock = SimulatedClock()
    private var processCount: Int32 = 0
    private var migrationCount: UInt16 = 0
    private var guarded: [Int32: SimulatedProcess] = [:]
    /// How many turns a guardian takes to notice that its worker is gone.
    var guardianTurns = 0
    /// Until when no lock can be opened.
    private var locksFail: ContinuousClock.Instant?
    /// Where agents take their time.
    var slow: (node: SimulatedNode, time: Duration)?
    /// Whether such an agent is taking its time.
    private(set) var isDelaying = false
    /// What SIGINT of a command sets; `nil` while none runs.
    var interruption: Interruption?
    /// Whether the container rests where it is because nobody starts a disabled one when its server starts.
    var isAtRest = false
    private let keepsNotes: Bool
    private(set) var notes: [String] = []

    /// Where a fault can strike.
    enum Place: Equatable {
        /// Before a deed on a node.
        case deed
        case append
        case appended
        case send
    }

    init(
        _ faults: FaultPlan, on thread: SimulationThread, kind: MigrationKind, sabotage: Sabotage?, codec: Bool,
        keepsNotes: Bool
    ) {
        self.kind = kind
        self.thread = thread
        self.faults = faults
        self.sabotage = sabotage
        self.keepsNotes = keepsNotes
        self.nodes = ["node1", "node2", "node3"].enumerated().map { number, name in
            SimulatedNode(
                name, identity: "00000000-0000-4000-8000-00000000000\(number)", codec: codec,
                syncs: sabotage != .journalUnforced)
        }
        thread.whenIdle { [clock] in clock.wakeNext() }
    }

    func node(named name: String) -> SimulatedNode? { self.nodes.first { $0.name == name } }

    /// Counts a point, lets the fault that is due there strike, and looks whether all is well.
    ///
    /// - Throws: `ProcessDied` into a process that is dead, or that dies here.
    func reach(_ place: Place, by process: SimulatedProcess) throws {
        try self.requireAlive(process)
        self.points += 1
        self.pass(.milliseconds(1))
        self.live()
        if let fault = self.faults.due(at: self.points) {
            self.note { "*** \(fault) at point \(self.points), \(place) of \(process.name)" }
            try self.strike(fault, place, process)
        }
        self.check()
        try self.requireAlive(process)
    }

    func requireAlive(_ process: SimulatedProcess) throws { if !process.isAlive { throw ProcessDied() } }

    func note(_ line: () -> String) { if self.keepsNotes { self.notes.append(line()) } }

    func violate(_ sentence: String) {
        if !self.violations.contains(sentence) { self.violations.append(sentence) }
        self.note { "VIOLATION: \(sentence)" }
    }

    /// A violation but where operators have decided against each other.
    func breach(_ sentence: String) {
        if !self.breaches.contains(sentence) { self.breaches.append(sentence) }
        self.note { "BREACH: \(sentence)" }
    }

    // MARK: The link

    /// What becomes of the message that is about to be sent.
    func takeLinkFault() -> LinkFault? {
        defer { self.linkFault = nil }
        return self.linkFault
    }

    func mendLink() { (self.isLinkCut, self.linkFault) = (false, nil) }

    /// Has an order be carried out late: in the midst of what happens then, or when all that has long been over.
    func late(_ order: @escaping @Sendable () async -> Void) {
        let turns = self.points % 32
        guard turns < 24 else { return self.heldOrders.append(order) }
        self.lateOrders.append(
            Task(executorPreference: self.thread) {
                for _ in 0..<turns { await Task.yield() }
                await order()
            })
    }

    func takeLateOrders() -> [Task<Void, Never>] {
        defer { self.lateOrders = [] }
        return self.lateOrders
    }

    func takeHeldOrders() -> [@Sendable () async -> Void] {
        defer { self.heldOrders = [] }
        return self.heldOrders
    }

    var hasHeldOrders: Bool { !self.heldOrders.isEmpty }

    func cutLink() { self.isLinkCut = true }

    // MARK: Processes

    func process(_ name: String, _ kind: SimulatedProcess.Kind = .worker, on node: SimulatedNode) -> SimulatedProcess {
        self.processCount += 1
        return SimulatedProcess(name, kind, number: self.processCount, on: node)
    }

    func newMigration() -> UniqueID {
        self.migrationCount += 1
        let number = [UInt8(self.migrationCount & 0xFF), UInt8(self.migrationCount >> 8)]
        guard let id = UniqueID(bytes: number + [UInt8](repeating: 7, count: 14)) else {
            preconditionFailure("a migration's id is 16 bytes")
        }
        return id
    }

    func startGuardian(of worker: SimulatedProcess) {
        self.guarded[worker.number] = worker
        let process = self.process("guardian on \(worker.node.name)", .guardian, on: worker.node)
        let server = SimulatedServer(world: self, process: process)
        Task(executorPreference: self.thread) {
            _ = await Guardian(on: server, server.reporter).guardMigrations(of: worker.number)
            process.end()
        }
    }

    /// Returns when `worker` has ended, or whoever waits for that.
    func waitForEnd(of worker: Int32, by process: SimulatedProcess) async {
        guard let worker = self.guarded[worker] else { return }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            var isWaiting = true
            func wake() {
                if isWaiting { continuation.resume() }
                isWaiting = false
            }
            worker.atEnd(wake)
            process.atEnd(wake)
        }
        for _ in 0..<self.guardianTurns { await Task.yield() }
    }

    /// Why a lock cannot be opened now; `nil` if it can.
    func lockFailure(_ path: String) -> FileError? {
        guard let end = self.locksFail, self.now < end else { return nil }
        return FileError("open the lock file", path, errno: EMFILE)
    }

    /// An agent on a slow node takes its time.
    func delay(_ node: SimulatedNode) async {
        guard let slow = self.slow, slow.node === node else { return }
        self.isDelaying = true
        await self.sleep(for: slow.time)
        self.isDelaying = false
    }

    // MARK: Time

    var now: ContinuousClock.Instant { self.clock.now }

    func pass(_ time: Duration) { self.clock.pass(time) }

    func sleep(for time: Duration) async { await self.clock.sleep(for: time) }

    func alarm(after time: Duration, _ ring: @escaping @Sendable () -> Void) { self.clock.alarm(after: time, ring) }

    /// Every process ends, and nobody waits any more.
    func end() {
        for node in self.nodes { node.endPrograms() }
        self.clock.end()
    }

    /// Whatever runs gets on, and tells its clients and its disk.
    func live() {
        for node in self.nodes where node.isRunning {
            guard var processes = node.memory.processes else { continue }
            processes.memory += 1
            node.memory.processes = processes
            node.disk.area?.content += 1
            guard processes.isPlugged else { continue }
            if processes.memory < self.acknowledged.memory {
                self.breach("\(node.name) runs the container with older memory than its clients saw")
            }
            let content = node.disk.area?.content ?? -1
            if content < self.acknowledged.content {
                self.breach("\(node.name) runs the container over an older disk than was acknowledged")
            }
            self.acknowledged = (processes.memory, content)
        }
    }

    /// The processes begin anew, over the disk that is there: what they had in memory is lost, and has to be so.
    func startsAnew(on node: SimulatedNode, expected: Bool) {
        if !expected, self.powerLosses == 0, self.lossesOfPages == 0 {
            self.violate("\(node.name) started the container anew for no reason")
        }
        if node.disk.area?.isTorn != false { self.violate("\(node.name) starts the container from a torn area") }
        self.acknowledged.memory = 0
    }

    // MARK: Faults

    private func strike(_ fault: Fault, _ place: Place, _ process: SimulatedProcess) throws {
        if self.isReporting { self.hasLostAppend = true }
        switch fault {
        case .kill(let victim): for node in self.nodes(victim) { node.endPrograms() }
        case .killWorker:
            for process in self.nodes[self.source].processes where process.kind == .worker { process.end() }
        case .failLocks: self.locksFail = self.now + .seconds(20)
        case .losePower(let victim): for node in self.nodes(victim) { self.losePower(node) }
        case .cut(let isSilent):
            self.isLinkCut = true
            self.linkFault = isSilent ? .silence : .closed
        case .message(let fault): self.linkFault = fault
        case .signal: self.interruption?.request(because: MigrationSession.signalled)
        case .slowness: self.pass(.seconds(3600))
        case .fullDisk:
            guard place == .append else { return }
            self.hasLostAppend = true
            throw JournalError.outcomeUnknown(cause: "the disk is full")
        case .failure: if place == .deed { throw DeedFailed() }
        case .loseDaemon: for node in self.nodes where node.memory.following == .serving { self.loseDaemon(node) }
        }
    }

    private func nodes(_ victim: Fault.Victim) -> [SimulatedNode] {
        switch victim {
        case .source: [self.nodes[self.source]]
        case .destination: self.nodes.enumerated().filter { $0.offset != self.source }.map(\.element)
        case .both: self.nodes
        }
    }

    private func loseDaemon(_ node: SimulatedNode) {
        self.lossesOfPages += 1
        node.memory.processes = nil
        node.memory.following = .lost("the daemon died")
    }

    /// Operators have decided that the container goes on from an earlier moment, or anew.
    func forgive() { (self.lossesOfPages, self.acknowledged) = (self.lossesOfPages + 1, (0, 0)) }

    private func losePower(_ node: SimulatedNode) {
        self.powerLosses += 1
        node.losePower()
    }
}
