package import ContainerIdentity
package import MigrationModel

/// A state machine whose events the journal can keep.
package protocol JournaledMachine: MigrationMachine where Event: JournaledEvent {
    static var role: NodeRole { get }

    var epoch: UInt64 { get }
    var journaledContainer: ContainerID { get }
    /// `UUID=` of the container.
    var identity: String { get }
    /// As it stands in the journal and in lists.
    var stateName: String { get }
    /// Whether this node owes nothing any more.
    var isEnded: Bool { get }
}

extension SourceMigration: JournaledMachine {
    package static var role: NodeRole { .source }
    package var epoch: UInt64 { self.plan.epoch }
    package var journaledContainer: ContainerID { self.plan.container }
    package var identity: String { self.plan.identity }
    package var stateName: String { self.state.rawValue }
    package var isEnded: Bool { self.state.isEnded }
}

extension DestinationMigration: JournaledMachine {
    package static var role: NodeRole { .destination }
    package var epoch: UInt64 { self.plan.epoch }
    package var journaledContainer: ContainerID { self.plan.container }
    package var identity: String { self.plan.identity }
    package var stateName: String { self.state.rawValue }
    package var isEnded: Bool { self.state.isEnded }
}

extension JournalStore {
    /// Replays one migration of that role.
    ///
    /// - Returns: `nil` if this journal has no migration of that id and role.
    /// - Throws: `JournalError`, also where the rows make no migration.
    package func replay<Machine: JournaledMachine>(
        _ migration: MigrationID, as type: Machine.Type = Machine.self
    ) throws(JournalError) -> Machine? {
        guard let id = JournalID(bytes: migration.bytes) else { return nil }
        let facts = try self.reader.provenEntries(ofMigration: id).filter { $0.record.recordClass == .fact }
        guard let first = facts.first, first.record.role == Machine.role else { return nil }
        do {
            return try Machine(replaying: facts.map { try Machine.Event(body: EventBody($0.record)) })
        } catch {
            throw JournalError.notUnderstood(path: self.reader.path, migration: id, reason: "\(error)")
        }
    }

    /// The migrations of a role in which this node still owes something, oldest first.
    package func openMigrations<Machine: JournaledMachine>(
        as type: Machine.Type = Machine.self
    ) throws(JournalError) -> [Machine] {
        var machines: [Machine] = []
        for summary in try self.reader.openMigrations() where summary.role == Machine.role {
            guard let id = MigrationID(bytes: summary.migration.bytes), let machine: Machine = try self.replay(id)
            else { continue }
            machines.append(machine)
        }
        return machines
    }
}

extension EventBody {
    /// The bodies of a row as it was read.
    init(_ record: NewRecord) {
        self.init(kind: record.kind, payload: record.payload, privatePayload: record.privatePayload)
    }
}
