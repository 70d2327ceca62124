import Engine
import HandOver
import Journal

/// A node's journal on a simulated disk, with the real codec: rows that were not forced to the platter go with the
/// power.
final class SimulatedJournal: @unchecked Sendable {
    let identity: String
    /// Whether each event goes through its row and back.
    private let codec: Bool
    /// What the rows of each migration come to; replayed row by row as they are written.
    private var folds: [UniqueID: any Sendable] = [:]
    /// Whether an append waits for the platter (`synchronous=FULL`).
    private let syncs: Bool
    private(set) var rows: [Row] = []
    private var durableCount = 0

    final class Row: Sendable {
        let migration: UniqueID
        let role: NodeRole
        /// As it comes back from its row.
        let event: any Sendable
        /// What the rows of its migration up to here come to.
        let machine: any Sendable
        let state: String
        let isEnded: Bool
        let identity: String
        let epoch: UInt64

        init<Machine: JournaledMachine>(_ event: Machine.Event, leadingTo machine: Machine) {
            (self.migration, self.role, self.state) = (machine.migration, Machine.role, machine.stateName)
            (self.event, self.machine, self.isEnded) = (event, machine, machine.isEnded)
            (self.identity, self.epoch) = (machine.identity, machine.epoch)
        }
    }

    init(identity: String, codec: Bool, syncs: Bool) {
        self.identity = identity
        self.codec = codec
        self.syncs = syncs
    }

    func losePower() {
        guard self.durableCount < self.rows.count else { return }
        self.rows.removeSubrange(self.durableCount...)
        self.folds = [:]
    }

    func version(of migration: UniqueID) -> Int { self.rows.count { $0.migration == migration } }

    func append<Machine: JournaledMachine>(_ event: Machine.Event, leadingTo machine: Machine) throws {
        let event = self.codec ? try Machine.Event(body: event.body()) : event
        if self.codec { try self.fold(event, into: machine) }
        self.rows.append(Row(event, leadingTo: machine))
        // What does not wait for the platter reaches it some rows later.
        self.durableCount = max(self.durableCount, self.rows.count - (self.syncs ? 0 : 3))
    }

    /// Every prefix of the rows comes to what the process that wrote them stood at.
    private func fold<Machine: JournaledMachine>(_ event: Machine.Event, into machine: Machine) throws {
        var replayed: Machine
        let fold = self.folds[machine.migration] as? Machine
        let earlier = try fold ?? self.replay(machine.migration, as: Machine.self)
        if let earlier {
            replayed = earlier
            try replayed.apply(event)
        } else {
            replayed = try Machine(startingWith: event)
        }
        guard String(describing: replayed) == String(describing: machine) else {
            throw ReplayDiffers(was: "\(machine)", replayed: "\(replayed)")
        }
        self.folds[machine.migration] = replayed
    }

    /// Without the codec, what a replay is known to come to.
    func replay<Machine: JournaledMachine>(_ migration: UniqueID, as type: Machine.Type) throws -> Machine? {
        guard self.codec else {
            return self.rows.last { $0.migration == migration && $0.role == Machine.role }?.machine as? Machine
        }
        let rows = self.rows.filter { $0.migration == migration && $0.role == Machine.role }
        guard !rows.isEmpty else { return nil }
        return try Machine(
            replaying: rows.map { row in
                guard let event = row.event as? Machine.Event else {
                    throw ReplayDiffers(was: "a row", replayed: "none")
                }
                return event
            })
    }

    func openMigrations<Machine: JournaledMachine>(as type: Machine.Type) throws -> [Machine] {
        var open: [UniqueID] = []
        for row in self.rows where row.role == Machine.role {
            open.removeAll { $0 == row.migration && row.isEnded }
            if !row.isEnded, !open.contains(row.migration) { open.append(row.migration) }
        }
        return try open.compactMap { try self.replay($0, as: type) }
    }

    func highestEpoch(of container: String) -> UInt64 {
        self.rows.lazy.filter { $0.identity == container }.map(\.epoch).max() ?? 0
    }

    /// For people, after a violation.
    var story: [String] {
        self.rows.map { "\($0.role) \($0.migration.description.prefix(4)) \($0.event) -> \($0.state)" }
    }
}

/// A replay that came to another state than the one it was written in.
struct ReplayDiffers: Error {
    let was: String
    let replayed: String
}

/// The journal as one process sees it: every append is a point at which it may die.
struct SimulatedRecords: MigrationRecords {
    let world: World
    let process: SimulatedProcess

    var journal: SimulatedJournal { self.process.node.journal }
    var identity: String { self.journal.identity }

    func log<Machine: JournaledMachine>(
        of migration: UniqueID, as type: Machine.Type, peer: PeerWitness
    ) throws -> any EventLog<Machine> {
        SimulatedLog<Machine>(
            world: self.world, process: self.process, version: self.journal.version(of: migration))
    }

    func replay<Machine: JournaledMachine>(_ migration: UniqueID, as type: Machine.Type) throws -> Machine? {
        try self.world.requireAlive(self.process)
        return try self.journal.replay(migration, as: type)
    }

    func openMigrations<Machine: JournaledMachine>(as type: Machine.Type) throws -> [Machine] {
        try self.world.requireAlive(self.process)
        return try self.journal.openMigrations(as: type)
    }

    func highestEpoch(of container: String) throws -> UInt64 { self.journal.highestEpoch(of: container) }
}

/// One migration's log, which notices whoever else wrote to it, as the real one does.
final class SimulatedLog<Machine: JournaledMachine>: EventLog, @unchecked Sendable {
    // One simulation runs on one thread.
    private let world: World
    private let process: SimulatedProcess
    private var version: Int

    init(world: World, process: SimulatedProcess, version: Int) {
        self.world = world
        self.process = process
        self.version = version
    }

    func append(_ event: Machine.Event, leadingTo machine: Machine) async throws {
        if case .contradicted? = event as? SourceEvent { self.world.isReporting = true }
        try self.world.reach(.append, by: self.process)
        self.world.isReporting = false
        let journal = self.process.node.journal
        guard journal.version(of: machine.migration) == self.version else { throw AppendFailed() }
        try journal.append(event, leadingTo: machine)
        self.version += 1
        self.world.hear(event, on: self.process.node)
        self.world.note { "\(self.process.name): \(event)" }
        try self.world.reach(.appended, by: self.process)
        await Task.yield()
    }
}

/// The disk under the journal did not take an append.
struct AppendFailed: Error {}
