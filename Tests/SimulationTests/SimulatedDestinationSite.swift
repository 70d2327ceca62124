import Destination
import HandOver
import Transfer

/// A container that comes to a simulated node. Every verb is a point at which the agent may die.
struct SimulatedDestinationSite: DestinationSite, SimulatedSite {
    let world: World
    let process: SimulatedProcess
    let plan: DestinationPlan

    private var id: String { self.plan.migration.description }

    static func digest(of area: SimulatedNode.Area?) -> String {
        area.map { "tree \($0.content) \($0.isTorn)" } ?? "none"
    }

    func treeDigest() throws -> String {
        Self.digest(of: self.plan.sharesStorage ? self.node.disk.area : self.node.disk.incoming)
    }

    func isFenced() throws -> Bool { self.world.sabotage == .noFence || self.node.disk.area?.fence == self.id }
    static func digest(ofPages pages: Int?) -> String { "pages \(pages ?? -1)" }
    func memoryDigest() throws -> String { Self.digest(ofPages: self.node.memory.pages) }

    func joinMemory() throws {
        guard self.node.memory.pages == self.node.memory.images else { throw ContainerGone() }
        try self.deed { _ in }
    }

    func imagesDigest() throws -> String { "images \(self.node.memory.images ?? -1)" }

    func raiseFence() throws {
        try self.deed { if self.world.sabotage != .noFence { $0.disk.incoming?.fence = self.id } }
    }

    func lowerFence() throws { try self.deed { $0.disk.area?.fence = nil } }

    func makeDurable() throws {
        try self.deed { if self.world.sabotage != .voteBeforeDurable { $0.disk.incoming?.isDurable = true } }
    }

    func moveIntoPlace() throws {
        try self.deed { node in
            guard node.disk.area == nil, node.disk.incoming != nil else { throw ContainerGone() }
            (node.disk.area, node.disk.incoming) = (node.disk.incoming, nil)
            node.disk.area?.id = self.plan.container
        }
    }

    private func makeDark(_ processes: SimulatedNode.Processes) throws {
        // The mark comes before the first thing that is made.
        try self.deed {
            guard $0.memory.processes == nil else { throw ContainerGone() }
            ($0.memory.arrivalMark, $0.memory.hasRunDirectory) = (self.id, true)
        }
        try self.deed { $0.memory.processes = processes }
    }

    func createHeld() throws {
        try self.makeDark(.init(memory: 0, isWaiting: true, isPlugged: false))
        try self.change { $0.isFrozen = true }
    }

    func restoreHeld() throws {
        guard let memory = self.node.memory.images else { throw ContainerGone() }
        let isLetGo = self.world.sabotage == .destinationResumesBeforeCommit
        // Every task is stopped; the freezer comes then.
        try self.makeDark(
            .init(
                memory: memory, isWaiting: !isLetGo, isPlugged: isLetGo, isRestored: true,
                lacksPages: self.plan.kind.isLazy))
        if !isLetGo { try self.change { $0.isFrozen = true } }
    }

    func startPageDaemon() throws { try self.deed { $0.memory.following = .serving } }
    func pages() throws -> PagesDirectory.State { self.node.memory.following }

    func isRestored() throws -> Bool { self.node.memory.arrivalMark != nil && self.node.memory.processes != nil }
    func isRunning() throws -> Bool { self.node.memory.processes.map { !$0.isWaiting || $0.isRestored } ?? false }

    func register() throws {
        try self.deed { node in
            let text = self.plan.places.configuration
            node.disk.configuration = .init(
                id: self.plan.container, identity: self.plan.identity, isDisabled: text.contains("DISABLED"))
        }
    }

    func startHeld() throws {
        if self.node.memory.processes?.isWaiting == false { return }
        if self.node.memory.processes == nil {
            try self.discardProcesses()
            try self.createHeld()
        }
        try self.change { $0.isFrozen = false }
        try self.change { processes in
            self.world.startsAnew(on: self.node, expected: true)
            processes.isWaiting = false
        }
    }

    func releaseHeld() throws {
        try self.change { $0.isWaiting = false }
        try self.change { $0.isFrozen = false }
    }

    func plug() throws { try self.change { $0.isPlugged = true } }
    func announce() throws { try self.deed { _ in } }

    func start() throws {
        try self.deed { node in
            guard node.disk.area?.fence == nil else { throw Fenced() }
            node.memory.processes = nil
        }
        try self.deed { $0.memory.processes = .init(memory: 0, isWaiting: true, isPlugged: false) }
        try self.change { processes in
            self.world.startsAnew(on: self.node, expected: false)
            processes.isWaiting = false
        }
        try self.change { $0.isPlugged = true }
    }
}

extension SimulatedDestinationSite {
    func makePlaces() throws {
        try self.deed { $0.disk.areaIndex = self.plan.identity }
        try self.deed {
            guard !self.plan.sharesStorage, $0.disk.incoming == nil else { return }
            $0.disk.incoming = .init(content: -1, isDurable: true)
        }
        try self.deed { $0.disk.directories.insert(self.id) }
        try self.deed { $0.memory.hasRunDirectory = true }
    }

    func hasForeignArea() -> Bool {
        self.node.disk.incoming != nil && self.node.disk.areaIndex != self.plan.identity
    }

    func endLeftovers() throws { try self.deed { _ in } }
    func endReceptions() throws { try self.deed { _ in } }

    func unregister() throws {
        try self.deed { node in
            switch self.world.sabotage {
            case .discardLowersFence: node.disk.area?.fence = nil
            case .discardRemovesArea: node.disk.area = nil
            default: break
            }
            guard let it = node.disk.configuration, it.id == self.plan.container, it.identity == self.plan.identity
            else { return }
            node.disk.configuration = nil
        }
    }

    func discardProcesses() throws {
        guard self.node.memory.arrivalMark != nil else { return }
        try self.deed { $0.memory.processes = nil }
        try self.deed { if $0.memory.following == .serving { $0.memory.following = .none } }
        try self.deed { $0.memory.arrivalMark = nil }
    }

    func isInPlace() throws -> Bool {
        let disk = self.node.disk
        return disk.incoming == nil && disk.area?.id == self.plan.container && disk.area?.fence == self.id
    }

    func moveOutOfPlace() throws {
        try self.deed {
            ($0.disk.incoming, $0.disk.area) = ($0.disk.area, nil)
            $0.disk.incoming?.id = nil
        }
    }

    func holdsAnything() -> Bool { self.node.disk.incoming != nil }

    func removeIncoming() throws {
        // Entry after entry.
        try self.deed { if $0.disk.incoming != nil { $0.disk.incoming = .init(content: -1, isDurable: false) } }
        try self.deed { $0.disk.incoming = nil }
        try self.deed { $0.disk.areaIndex = nil }
    }

    func removeWorkDirectories() throws {
        try self.deed { node in
            if node.memory.processes?.lacksPages == true { throw ContainerGone() }
            (node.memory.hasRunDirectory, node.memory.images, node.memory.arrivalMark) = (false, nil, nil)
            node.memory.following = .none
        }
        if self.plan.sharesStorage { try self.deed { $0.disk.areaIndex = nil } }
        try self.deed { $0.memory.pages = nil }
        try self.deed { $0.disk.directories.remove(self.id) }
    }

    func forget() throws {
        try self.deed { $0.disk.areaIndex = nil }
        try self.removeWorkDirectories()
    }
}
