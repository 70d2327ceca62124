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
    /// The migrations of each role that have not ended, oldest first.
    private var open: [NodeRole: [UniqueID]] = [:]

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
        let container: ContainerID

        init<Machine: JournaledMachine>(_ event: Machine.Event, leadingTo machine: Machine) {
            (self.migration, self.role, self.state) = (machine.migration, Machine.role, machine.stateName)
            (self.event, self.machine, self.isEnded) = (event, machine, machine.isEnded)
            (self.identity, self.epoch) = (machine.identity, machine.epoch)
            self.container = machine.journaledContainer
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
        self.open = [:]
        for row in self.rows { self.count(row) }
    }

    func version(of migration: UniqueID) -> Int { self.rows.count { $0.migration == migration } }

    func append<Machine: JournaledMachine>(_ event: Machine.Event, leadingTo machine: Machine) throws {
        let event = self.codec ? try Machine.Event(body: event.body()) : event
        if self.codec { try self.fold(event, into: machine) }
        let row = Row(event, leadingTo: machine)
        self.rows.append(row)
        self.count(row)
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
        try (self.open[Machine.role] ?? []).compactMap { try self.replay($0, as: type) }
    }

    /// Whether anything is unfinished in whatever role.
    var hasOpen: Bool { self.open.values.contains { !$0.isEmpty } }

    private func count(_ row: Row) {
        if row.isEnded { return self.open[row.role, default: []].removeAll { $0 == row.migration } }
        if self.open[row.role]?.contains(row.migration) != true {
            self.open[row.role, default: []].append(row.migration)
        }
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

/// The journal as one opening of it sees it: every append is a point at which its process may die, and after the first
/// that fails there is no other.
final class SimulatedRecords: MigrationRecords, @unchecked Sendable {
    // One simulation runs on one thread.
    let world: World
    let process: SimulatedProcess
    fileprivate var hasFailed = false

    init(world: World, process: SimulatedProcess) { (self.world, self.process) = (world, process) }

    var journal: SimulatedJournal { self.process.node.journal }
    var identity: String { self.journal.identity }

    func log<Machine: JournaledMachine>(
        of migration: UniqueID, as type: Machine.Type, peer: PeerWitness
    ) throws -> any EventLog<Machine> {
        SimulatedLog<Machine>(of: self, version: self.journal.version(of: migration))
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

    func latestMigration(of container: ContainerID) throws -> UniqueID? {
        self.journal.rows.last { $0.container == container }?.migration
    }
}

/// One migration's log, which notices whoever else wrote to it, as the real one does.
final class SimulatedLog<Machine: JournaledMachine>: EventLog, @unchecked Sendable {
    // One simulation runs on one thread.
    private let records: SimulatedRecords
    private var version: Int

    init(of records: SimulatedRecords, version: Int) {
        self.records = records
        self.version = version
    }

    func append(_ event: Machine.Event, leadingTo machine: Machine) async throws {
        guard !self.records.hasFailed else { throw JournalError.outcomeUnknown(cause: "an append failed") }
        do { try self.write(event, leadingTo: machine) } catch {
            self.records.hasFailed = true
            throw error
        }
        await Task.yield()
    }

    private func write(_ event: Machine.Event, leadingTo machine: Machine) throws {
        let (world, process) = (self.records.world, self.records.process)
        if case .contradicted? = event as? SourceEvent { world.isReporting = true }
        if case .contradicted? = event as? DestinationEvent { world.isReporting = true }
        defer { world.isReporting = false }
        try world.reach(.append, by: process)
        world.isReporting = false
        let journal = process.node.journal
        guard journal.version(of: machine.migration) == self.version else {
            throw JournalError.outcomeUnknown(cause: "somebody else has gone on with the migration")
        }
        try journal.append(event, leadingTo: machine)
        self.version += 1
        world.hear(event, on: process.node)
        world.note { "\(process.name): \(event)" }
        // Who dies now has not told its source.
        if case .contradicted? = event as? DestinationEvent { world.isReporting = true }
        try world.reach(.appended, by: process)
    }
}
