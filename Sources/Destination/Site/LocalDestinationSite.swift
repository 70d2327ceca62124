internal import Container
internal import Glibc
internal import HandOver
internal import Host
internal import Transfer

/// A container that comes to this server.
struct LocalDestinationSite: DestinationSite {
    let node: DestinationNode
    let plan: DestinationPlan

    var directories: DestinationDirectories { DestinationDirectories(node: self.node, plan: self.plan) }

    func treeDigest() throws -> String {
        if self.plan.sharesStorage { return try self.sharedTreeDigest() }
        return try self.receiver.treeDigest().digest.hex
    }
    func imagesDigest() throws -> String { try "\(self.imagesReceiver.treeDigest().digest.hex)" }
    func memoryDigest() throws -> String { try self.receivedMemory().digest.hex }
    func joinMemory() throws {
        try self.receivedMemory().join(self.directories.memory, to: self.directories.images)
    }

    private func receivedMemory() throws -> ReceivedMemory {
        guard let memory = try ReceivedMemory(recordedIn: self.directories.memory) else {
            throw StepFailure(.copyFailed, "the memory of CT \(self.plan.container) has not arrived whole")
        }
        return memory
    }

    func makeDurable() throws { try self.receiver.makeDurable() }

    func raiseFence() throws {
        // The original of a copy is not fenced; on the way the copy is, so that it is known to be ours.
        let raise = self.plan.kind.isCopy ? BundleFence.raise : BundleFence.ensureRaisedFromFencedOnly
        try raise(
            self.plan.places.incomingArea, self.plan.container.description, self.plan.migration.description,
            self.node.programs.agent)
    }

    func lowerFence() throws { try BundleFence.lower(area: self.plan.places.privateArea) }
    func moveIntoPlace() throws {
        try DurableFile.rename(self.plan.places.incomingArea, to: self.plan.places.privateArea)
    }

    func createHeld() throws { try self.container().createHeld() }
    func restoreHeld() throws {
        try self.container().restoreHeld(logs: self.directories.logs, follows: self.plan.kind.isLazy)
    }
    func startPageDaemon() throws { try self.container().startPageDaemon(agent: self.node.programs.agent) }
    func pages() throws -> PagesDirectory.State { try self.pagesDirectory.state() }
    var pagesDirectory: PagesDirectory { PagesDirectory("\(self.directories.run)/following") }
    func unregister() throws {
        guard self.node.registry.isRegistered(self.plan.container),
            try self.node.registry.configuration(of: self.plan.container).uuid == self.plan.identity
        else { return }
        try self.node.registry.unregister(self.plan.container)
    }
    func isRestored() throws -> Bool { try self.container().isRestored() }
    func isRunning() throws -> Bool { try self.container().isRunning() }
    func register() throws {
        try self.node.registry.register(self.configuration().file, as: self.plan.container)
    }
    func startHeld() throws { try self.container().startHeld() }
    func releaseHeld() throws { try self.container().releaseHeld() }
    func plug() throws { try self.container().plug() }
    func announce() throws { try self.container().announce() }
    func start() throws { try self.container().start() }

    private func configuration() throws -> ContainerConfiguration {
        try IncomingConfiguration(of: self.plan, on: self.node.registry).configuration
    }

    private func container() throws -> HostedContainer {
        try HostedContainer(
            configuration: self.configuration(), area: self.plan.places.privateArea, on: self.node.programs)
    }
}

/// What is left when it does not come, or has come.
extension LocalDestinationSite {
    func endLeftovers() throws { try HostedContainer.endLeftovers(logs: self.directories.logs) }
    func endReceptions() throws { try self.directories.area.endReceptions() }

    func discardProcesses() throws {
        // Without the mark nothing was made, and the container may be one that cannot be hosted here at all.
        guard try DurableFile.isThere("\(self.directories.run)/\(HostedContainer.arrivalMark)") else {
            return try self.pagesDirectory.endDaemon()
        }
        try self.container().discardArrival()
    }

    /// The fence says whose it is. Anything else there is somebody else's.
    func isInPlace() throws -> Bool {
        let places = self.plan.places
        guard try DurableFile.isThere(places.privateArea), try !DurableFile.isThere(places.incomingArea) else {
            return false
        }
        return try self.isFenced()
    }

    func isFenced() throws -> Bool {
        try BundleFence.isRaised(area: self.plan.places.privateArea, by: self.plan.migration.description)
    }

    func moveOutOfPlace() throws {
        try DurableFile.rename(self.plan.places.privateArea, to: self.plan.places.incomingArea)
    }

    func holdsAnything() throws -> Bool { try self.directories.area.holdsAnything() }
    func removeIncoming() throws { try self.directories.area.discard() }

    func removeWorkDirectories() throws {
        if self.plan.sharesStorage { try self.directories.area.forget() }
        try AreaRemoval.remove(self.directories.run)
        try AreaRemoval.remove(self.directories.state)
        try self.directories.removeEmptyLogs()
    }

    func forget() throws {
        // A courtesy to the segment's switches: a container that has moved on since, or ended, needs none.
        try? self.announceAgain()
        let directories = self.directories
        try directories.area.forget()
        for directory in [directories.run, directories.state, directories.logs] {
            try AreaRemoval.remove(directory)
        }
    }

    /// One announcement may be lost, or meet a switch that has not yet learned that the source's port is gone.
    private func announceAgain() throws {
        let container = try self.container()
        guard try container.isAlive() else { return }
        for _ in 0..<3 {
            try container.announce()
            usleep(50_000)
        }
    }
}
