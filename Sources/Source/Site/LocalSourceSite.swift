package import Container
package import HandOver
internal import Host
internal import Journal
package import Transfer

/// A container of this server that leaves it.
package struct LocalSourceSite: SourceSite {
    let node: SourceNode
    let plan: MigrationPlan

    package init(of plan: MigrationPlan, from node: SourceNode) {
        self.node = node
        self.plan = plan
    }

    func container() throws -> HostedContainer { try self.node.container(self.plan.container) }

    package func facts() throws -> SourceFacts {
        var facts = try SourceSurvey(of: self.container(), travelling: self.plan.kind, from: self.node).facts()
        try self.checkSharedFiles()
        // Nothing of it needs room there.
        if self.plan.sharesStorage { facts.area = .known(Room(bytes: 0, inodes: 0)) }
        return facts
    }

    package func isAlive() throws -> Bool { try self.container().isAlive() }
    package func isHeld() throws -> Bool { try self.container().isHeld() }
    package func isHalfStarted() throws -> Bool { try self.container().state()?.status == .created }
    package func residentBytes() throws -> UInt64 { try self.container().residentBytes() }

    package func isOriginal() throws -> Bool {
        let entries = try self.node.journal.reader.entries(ofMigration: self.plan.migration)
        guard let planned = entries.first?.time else { return false }
        guard planned.isOfThisBoot, let start = try self.container().bootNanosecondsAtStart() else { return false }
        return start < UInt64(planned.bootNanoseconds)
    }

    package func disable() throws {
        try self.node.registry.edit(self.plan.container) { file throws(ConfigurationError) in
            try file.set("UUID", self.plan.identity)
            try file.set("DISABLED", "yes")
        }
    }

    package func enable() throws { try self.node.registry.edit(self.plan.container) { $0.remove("DISABLED") } }

    package func raiseFence() throws {
        try BundleFence.raise(
            area: self.plan.places.privateArea, containerID: self.plan.container.description,
            holder: self.plan.migration.description, agentPath: self.node.programs.agent)
    }

    package func lowerFence() throws { try BundleFence.lower(area: self.plan.places.privateArea) }

    package func freeze(timeout: Duration) throws { try self.container().freezeForDump(timeout: timeout) }
    package func freezeAgain(timeout: Duration) throws { try self.container().freeze(timeout: timeout) }
    package func thaw() throws { try self.container().thaw() }
    package func stop(timeout: Duration) throws { try self.container().stop(timeout: timeout) }
    package func start() throws { try self.container().start() }
    package func reconnect() throws { try self.container().reconnect() }
    package func destroy() throws { try self.container().destroy() }

    package func checkpoint(timeout: Duration, whenDumped: @escaping @Sendable () -> Void) throws {
        try self.container().checkpoint(logs: self.directories.logs, timeout: timeout, whenDumped: whenDumped)
    }
    package func memory() throws -> OutgoingMemory { try self.container().memory() }
    package func dumpedMemory() throws -> OutgoingMemory {
        try self.container().dumpedMemory(follows: self.plan.kind.isLazy)
    }
    package func throttle(percent: Int) throws { try self.container().throttle(percent: percent) }
    package func endThrottle() throws { try self.container().endThrottle() }
    package func holding(_ body: () throws -> Void) throws -> Duration { try self.container().holding(body) }

    package func endLeftovers() throws { try HostedContainer.endLeftovers(logs: self.directories.logs) }
}

/// Its files.
extension LocalSourceSite {
    private var area: String { self.plan.places.privateArea }
    private var condemned: String { "\(self.area).removing" }
    var directories: WorkDirectories { WorkDirectories(node: self.node, plan: self.plan) }

    package func makeDirectories() throws { try self.directories.make() }
    package func removeDirectories(withLogs: Bool, withIndex: Bool) throws {
        try self.directories.remove(withLogs: withLogs, withIndex: withIndex)
    }

    package func tree(of stream: BulkStream) -> OutgoingTree {
        switch stream {
        // The fence's own file stays behind.
        case .warmTree, .finalTree:
            OutgoingTree(
                root: self.area, stateDirectory: self.directories.areaState,
                hiding: self.plan.kind.isCopy ? [] : [BundleFence.configuration])
        // CRIU's images, as the tree that they are.
        case .images:
            OutgoingTree(
                root: "\(self.directories.run)/images", stateDirectory: self.directories.imagesState, hiding: [])
        }
    }

    package func isRegistered() throws -> Bool {
        guard self.node.registry.isRegistered(self.plan.container) else { return false }
        // The fence gave it that UUID: under the same id there may be somebody else by now.
        return try self.node.registry.configuration(of: self.plan.container).uuid == self.plan.identity
    }
    package func hasArea() throws -> Bool { try DurableFile.isThere(self.area) }

    package func condemnArea() throws { try DurableFile.rename(self.area, to: self.condemned) }
    package func removeCondemned() throws { try AreaRemoval.remove(self.condemned) }
    package func unregister() throws { try self.node.registry.unregister(self.plan.container) }
    package func archiveArea() throws { try self.node.registry.archivePrivateArea(self.area) }
    package func lowerArchivesFence() throws { try BundleFence.lower(area: NodeLayout.migrated(self.area)) }
    package func archiveConfiguration() throws {
        try self.node.registry.archiveConfiguration(of: self.plan.container)
    }
}

extension LocalSourceSite {
    package func describe() throws -> IncomingContainer {
        let container = try self.container()
        return IncomingContainer(
            container: self.plan.destinationContainer.description, identity: self.plan.identity,
            node: self.node.identity, configuration: try self.travellingConfiguration(of: container.configuration),
            privateArea: self.plan.places.destinationPrivateArea, root: self.plan.places.destinationRoot,
            kind: self.plan.kind, networkNamespace: container.network?.path,
            controlGroup: container.bundle.controlGroupPath.flatMap { $0.hasPrefix("/") ? $0 : nil },
            sharesStorage: self.plan.sharesStorage)
    }

    private func travellingConfiguration(of configuration: ContainerConfiguration) throws -> String {
        var file = configuration.file
        if self.plan.kind.isCopy {
            // An original without a UUID keeps none: nothing changes there. A name belongs to one container.
            try file.set("COPY_OF", configuration.uuid ?? self.plan.container.description)
            try file.set("DISABLED", "yes")
            file.remove("NAME")
        } else if !self.plan.wasDisabled {
            file.remove("DISABLED")
        }
        try file.set("UUID", self.plan.identity)
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            throw StepFailure(.system, "\(file.path) is not UTF-8 text; write its comments in UTF-8")
        }
        return text
    }
}

extension LocalSourceSite {
    private var sharedArea: SharedArea { SharedArea(self.plan.places.privateArea) }

    package func areaSight() throws -> String {
        guard let sight = self.sharedArea.sight else {
            throw StepFailure(
                .improperContainer, "\(self.plan.places.privateArea) of CT \(self.plan.container) cannot be looked at")
        }
        return sight
    }

    package func placeProbe() throws -> PlacedProbe {
        guard !self.sharedArea.isMountPoint else {
            throw StepFailure(
                .notSharedStorage,
                "\(self.plan.places.privateArea) looks like the one at the destination and is mounted by itself, so "
                    + "that nothing can prove that the two are one; share and mount the directory that holds the "
                    + "private areas")
        }
        return try self.sharedArea.placeProbe()
    }

    package func sharedTree(isStill: Bool, cancellation: TransferControl) throws -> SyncedTree {
        let tree = SharedTree(
            root: Array(self.plan.places.privateArea.utf8), spillDirectory: Array(self.directories.areaState.utf8),
            cancellation: cancellation)
        // Finds files that were bound or locked since the checks, while nothing runs and nothing is restored yet.
        if isStill { try self.checkSharedFiles() }
        try tree.flush()
        let digest = try tree.digest(isStill: isStill)
        return SyncedTree(entries: digest.files + digest.directories, digest: digest.digest.hex)
    }

    /// What could not be taken back from a restored copy over the same files.
    func checkSharedFiles() throws {
        guard self.plan.sharesStorage, self.plan.kind.isOnline else { return }
        let obstacles = try self.container().sharedFileObstacles()
        guard obstacles.isEmpty else {
            throw StepFailure(
                .liveMigrationFailed,
                "it cannot be moved with its memory over storage that is shared: \(obstacles.joined(separator: "; "))")
        }
    }
}
