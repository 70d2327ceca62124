import Container
import HandOver
import Source
import Transfer

/// A container of a simulated node that leaves it. Every verb is a point at which the process may die.
struct SimulatedSourceSite: SourceSite, SimulatedSite {
    let world: World
    let process: SimulatedProcess
    let plan: MigrationPlan

    private var id: String { self.plan.migration.description }

    func facts() throws -> SourceFacts {
        guard self.node.disk.configuration?.id == self.plan.container, self.hasArea() else {
            throw StepFailure(.noSuchContainer, "it is not here")
        }
        guard self.plan.kind.runsAtFirst == (self.node.memory.processes != nil) else {
            throw StepFailure(.improperContainer, "it does not run, or runs")
        }
        return SourceFacts(
            node: .simulated, kind: self.plan.kind, area: .known(Room(bytes: 1 << 30, inodes: nil)),
            residentBytes: self.plan.kind.isOnline ? try self.residentBytes() : 0)
    }

    func describe() throws -> IncomingContainer {
        let copy = self.plan.kind.isCopy || self.plan.wasDisabled ? "DISABLED=\"yes\"\n" : ""
        return IncomingContainer(
            container: self.plan.destinationContainer.description, identity: self.plan.identity,
            node: self.node.journal.identity, configuration: "UUID=\"\(self.plan.identity)\"\n\(copy)",
            privateArea: nil, root: nil, kind: self.plan.kind, sharesStorage: self.plan.sharesStorage)
    }

    /// Every area looks like every other of its place: only a probe tells them apart.
    func areaSight() -> String { "an area" }

    func placeProbe() throws -> PlacedProbe {
        guard let storage = self.node.disk.storage else {
            return PlacedProbe(name: "probe", sight: "on \(self.node.name)", content: "") {}
        }
        try self.deed { _ in storage.probe = self.id }
        return PlacedProbe(name: "probe", sight: "shared", content: self.id) { storage.probe = nil }
    }

    func sharedTree(isStill: Bool, cancellation: TransferControl) throws -> SyncedTree {
        try self.deed { _ in }
        return SyncedTree(entries: 1, digest: SimulatedDestinationSite.digest(of: self.node.disk.area))
    }

    func isAlive() throws -> Bool { self.node.memory.processes != nil }
    func isHeld() throws -> Bool { self.node.memory.processes.map { $0.isFrozen && !$0.isPlugged } ?? false }
    func isHalfStarted() throws -> Bool { self.node.memory.processes?.isWaiting ?? false }
    func isOriginal() throws -> Bool { self.node.memory.processes?.isAnew == false }
    func residentBytes() throws -> UInt64 { 1 << 28 }

    func disable() throws {
        try self.deed {
            $0.disk.configuration = .init(id: self.plan.container, identity: self.plan.identity, isDisabled: true)
        }
    }

    func enable() throws { try self.deed { $0.disk.configuration?.isDisabled = false } }

    func raiseFence() throws {
        try self.deed { if self.world.sabotage != .noFence { $0.disk.area?.fence = self.id } }
    }

    func lowerFence() throws { try self.deed { $0.disk.area?.fence = nil } }

    func freeze(timeout: Duration) throws {
        try self.change { $0.isPlugged = false }
        try self.change { $0.isFrozen = true }
    }

    func freezeAgain(timeout: Duration) throws { try self.freeze(timeout: timeout) }

    func thaw() throws {
        try self.change { $0.isFrozen = false }
        try self.change { $0.isPlugged = true }
    }

    func reconnect() throws { try self.change { $0.isPlugged = true } }

    func stop(timeout: Duration) throws {
        // It ends in its own time: what it does until then counts.
        self.world.live()
        try self.deed { $0.memory.processes = nil }
    }

    func start() throws {
        try self.deed { node in
            guard node.disk.area?.fence == nil else { throw Fenced() }
            node.memory.processes = nil
        }
        try self.deed { node in
            self.world.startsAnew(on: node, expected: !self.plan.kind.isOnline)
            node.memory.processes = .init(memory: 0, isFrozen: false, isWaiting: true, isPlugged: false, isAnew: true)
        }
        try self.change { $0.isWaiting = false }
        try self.change { $0.isPlugged = true }
    }

    func checkpoint(timeout: Duration, whenDumped: @escaping @Sendable () -> Void) throws {
        try self.change { processes in
            guard processes.isFrozen else { throw ContainerGone() }
            self.node.memory.images = processes.memory
        }
        whenDumped()
        try self.deed { _ in }
    }

    func memory() throws -> OutgoingMemory {
        guard self.node.memory.processes != nil else { throw ContainerGone() }
        return OutgoingMemory(processes: [])
    }

    func dumpedMemory() throws -> OutgoingMemory {
        guard self.node.memory.images != nil else { throw ContainerGone() }
        return OutgoingMemory(processes: [], images: "images")
    }

    func throttle(percent: Int) throws { try self.deed { $0.memory.isThrottled = true } }
    func endThrottle() throws { try self.deed { $0.memory.isThrottled = false } }

    func holding(_ body: () throws -> Void) throws -> Duration {
        try body()
        return .zero
    }

    func destroy() throws { try self.deed { $0.memory.processes = nil } }
    func endLeftovers() throws { try self.deed { _ in } }
}

extension SimulatedSourceSite {
    func makeDirectories() throws {
        try self.deed { $0.disk.directories.insert(self.id) }
        try self.deed { $0.memory.hasRunDirectory = true }
    }

    func removeDirectories(withLogs: Bool, withIndex: Bool) throws {
        try self.deed { $0.disk.directories.remove(self.id) }
        try self.deed { ($0.memory.hasRunDirectory, $0.memory.images) = (false, nil) }
    }

    func tree(of stream: BulkStream) -> OutgoingTree { OutgoingTree(root: "", stateDirectory: "", hiding: []) }

    func isRegistered() -> Bool {
        self.node.disk.configuration.map { $0.id == self.plan.container && $0.identity == self.plan.identity } ?? false
    }
    func hasArea() -> Bool { self.node.disk.area?.id == self.plan.container }

    func condemnArea() throws {
        try self.deed { ($0.disk.condemned, $0.disk.area) = ($0.disk.area, nil) }
    }

    func removeCondemned() throws { try self.deed { $0.disk.condemned = nil } }
    func unregister() throws { try self.deed { if self.isRegistered() { $0.disk.configuration = nil } } }

    func archiveArea() throws {
        try self.deed { node in
            guard self.hasArea(), let area = node.disk.area else { return }
            node.disk.archives.append(area)
            node.disk.area = nil
        }
    }

    func lowerArchivesFence() throws {
        try self.deed { node in
            if !node.disk.archives.isEmpty { node.disk.archives[node.disk.archives.count - 1].fence = nil }
        }
    }

    func archiveConfiguration() throws {
        try self.deed { node in
            guard self.isRegistered() else { return }
            node.disk.archivedConfigurations += 1
            node.disk.configuration = nil
        }
    }
}
