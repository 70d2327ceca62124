package import ContainerHost
package import ContainerIdentity
package import MigrationJournal
package import MigrationModel
package import NodeConfiguration

/// This node, as the steps of a migration away from it see it.
package struct SourceNode: Sendable {
    package let registry: ContainerRegistry
    package let programs: HostPrograms
    package let journal: JournalStore

    package init(registry: ContainerRegistry, programs: HostPrograms, journal: JournalStore) {
        self.registry = registry
        self.programs = programs
        self.journal = journal
    }

    /// The UUID of this node's journal: the node's identity.
    var identity: String { self.journal.journal.description }

    package var layout: NodeLayout { self.registry.layout }

    /// The container as this node has it now.
    ///
    /// - Throws: of status `noSuchContainer`, `system` (with file and line) or `improperContainer`.
    package func container(_ id: ContainerID) throws(StepFailure) -> HostedContainer {
        do {
            let configuration = try self.registry.configuration(of: id)
            return try HostedContainer(
                configuration: configuration, area: configuration.privateArea, on: self.programs)
        } catch let error as NodeError {
            throw StepFailure(error)
        } catch let error as HostingError {
            throw StepFailure(error)
        } catch {
            throw StepFailure(.system, "\(error)")
        }
    }

    /// What a migration keeps until it has ended: the index of what was sent.
    func stateDirectory(of migration: MigrationID) -> String { self.layout.stateDirectory(migration.description) }

    /// Where CRIU's logs of a migration are. They stay after a failure.
    func logDirectory(of migration: MigrationID) -> String { "\(self.layout.journalDirectory)/logs/\(migration)" }
}
