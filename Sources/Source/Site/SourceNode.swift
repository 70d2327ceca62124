package import Container
package import HandOver
internal import Host
package import Journal

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
    var identity: String { self.journal.journal.uuid }

    package var layout: NodeLayout { self.registry.layout }

    /// The container as this node has it now.
    ///
    /// - Throws: of status `noSuchContainer`, `system` (with file and line) or `improperContainer`.
    package func container(_ id: ContainerID) throws(StepFailure) -> HostedContainer {
        do {
            let configuration = try self.registry.configuration(of: id)
            return try HostedContainer(
                configuration: configuration, area: configuration.privateArea, on: self.programs)
        } catch {
            throw StepFailure(error, at: .source)
        }
    }

    /// What a migration keeps until it has ended: the index of what was sent.
    func stateDirectory(of migration: UniqueID) -> String { self.layout.stateDirectory(migration.description) }

    /// Where CRIU's logs of a migration are. They stay after a failure.
    func logDirectory(of migration: UniqueID) -> String { "\(self.layout.journalDirectory)/logs/\(migration)" }
}

/// The directories of this node that exist for one migration only.
struct WorkDirectories {
    let node: SourceNode
    let plan: MigrationPlan

    /// What is on disk for this migration alone.
    var state: String { self.node.stateDirectory(of: self.plan.migration) }
    /// The index of what was sent of the private area. On disk; it is kept with an area that the destination keeps, so
    /// that the next attempt need not read again what has not changed.
    var areaState: String {
        self.plan.kind.isCopy
            ? "\(self.state)/area" : "\(self.node.layout.journalDirectory)/areas/\(self.plan.identity)"
    }
    /// The index of CRIU's images, which are sent as a tree of their own. On disk.
    var imagesState: String { "\(self.state)/images" }
    /// CRIU's logs. They are kept after a failure, and named in its message.
    var logs: String { self.node.logDirectory(of: self.plan.migration) }
    /// What is gone with the next start of the server: images.
    var run: String { self.node.layout.runDirectory(self.plan.container) }

    func make() throws {
        for directory in [self.areaState, self.imagesState, self.logs] {
            try DurableFile.makeDirectories(directory, mode: 0o700)
        }
        try DurableFile.makeDirectories("\(self.run)/images", mode: 0o700)
    }

    func remove(withLogs: Bool, withIndex: Bool = true) throws {
        if withIndex { try AreaRemoval.remove(self.areaState) }
        try AreaRemoval.remove(self.state)
        try AreaRemoval.remove(self.run)
        if withLogs || (try? DurableFile.names(in: self.logs))?.isEmpty == true { try AreaRemoval.remove(self.logs) }
    }
}
