package import HandOver
package import Journal

/// A node's journal as the steps see it: what was written of every migration, and the way to write more.
package protocol MigrationRecords: Sendable {
    /// The UUID of the journal: the node's identity.
    var identity: String { get }

    /// The log of one migration, which may have rows already. What the peer says of its journal goes into the next row.
    func log<Machine: JournaledMachine>(
        of migration: UniqueID, as type: Machine.Type, peer: PeerWitness
    ) throws -> any EventLog<Machine>

    /// Replays a migration; `nil` if there is none of that id and role.
    func replay<Machine: JournaledMachine>(_ migration: UniqueID, as type: Machine.Type) throws -> Machine?

    /// The migrations of a role in which this node still owes something, oldest first.
    func openMigrations<Machine: JournaledMachine>(as type: Machine.Type) throws -> [Machine]

    /// The highest epoch of a container that was seen here in whatever role; 0 for none.
    func highestEpoch(of container: String) throws -> UInt64

    /// The migration of a container that was begun last, in whatever role; `nil` for none.
    func latestMigration(of container: ContainerID) throws -> UniqueID?
}

extension JournalStore: MigrationRecords {
    package var identity: String { self.journal.uuid }

    package func log<Machine: JournaledMachine>(
        of migration: UniqueID, as type: Machine.Type, peer: PeerWitness
    ) throws -> any EventLog<Machine> {
        try MigrationLog<Machine>(of: migration, in: self, peer: peer)
    }

    package func highestEpoch(of container: String) throws -> UInt64 {
        guard let id = UniqueID(parsing: container) else { return 0 }
        return UInt64(try self.reader.highestEpoch(containerUUID: id) ?? 0)
    }

    package func latestMigration(of container: ContainerID) throws -> UniqueID? {
        // What is no container's name may be the beginning of an id.
        guard let latest = try self.reader.migrations(named: "\(container)").last, latest.container == "\(container)"
        else { return nil }
        return latest.migration
    }
}

extension MigrationLog: EventLog {}
