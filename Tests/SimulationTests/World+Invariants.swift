import HandOver
import Journal

/// What must hold at every instant.
extension World {
    func check() {
        let running = self.nodes.filter(\.isRunning)
        if running.count > 1 { self.breach("two copies run: on \(running.map(\.name).joined(separator: " and "))") }
        self.checkTooEarly(running)
        self.checkStrangers(running)
        self.checkStorage()
    }

    /// What is journaled has to be true: of the kind, and of what became of the memory.
    func hear(_ event: any Sendable, on node: SimulatedNode) {
        if case .planned(let plan)? = event as? SourceEvent { self.plannedKinds[plan.migration] = plan.kind }
        if case .accepted(let plan)? = event as? DestinationEvent, plan.kind != self.plannedKinds[plan.migration] {
            self.violate("\(node.name) accepts a migration as \(plan.kind), which was planned otherwise")
        }
        guard case .sourceRolledBack(let memoryLost)? = event as? SourceEvent, let processes = node.memory.processes,
            processes.isAnew != memoryLost, self.kind.isOnline
        else { return }
        self.violate("\(node.name) says that the memory was \(memoryLost ? "lost" : "kept"), and it was not")
    }

    /// No instruction of the container runs at a destination before its journal has the source's word.
    private func checkTooEarly(_ running: [SimulatedNode]) {
        for node in running where node.isUndecidedArrival {
            self.violate("\(node.name) runs the container before COMMIT")
        }
    }

    /// `runc run` by hand fails where the container is not yet, or no longer, or while another copy runs.
    private func checkStrangers(_ running: [SimulatedNode]) {
        guard !self.kind.isCopy, self.nodes[0].disk.storage == nil else { return }
        for node in self.nodes where node.isUp && node.memory.processes == nil {
            guard let area = node.disk.area, area.fence == nil else { continue }
            let isElsewhere = node.isUndecidedArrival || node.isDecidedDeparture || running.contains { $0 !== node }
            if isElsewhere { self.breach("\(node.name) has a copy that anybody may start, and it is not there") }
        }
    }

    /// The one area of a storage that is shared is always there, and is open only where exactly one node has the
    /// container: not while it is being moved, nor after the decision until its destination has it.
    private func checkStorage() {
        guard let storage = self.nodes[0].disk.storage else { return }
        if storage.isTouched { self.violate("the one area was made, renamed or removed") }
        for node in self.nodes {
            let disk = node.disk
            if disk.incoming != nil || disk.condemned != nil || !disk.archives.isEmpty {
                self.violate("\(node.name) has another area than the one that is shared")
            }
            guard storage.area.fence == nil else { continue }
            let isDecided = node.decidedDeparture.map { id in self.nodes.contains { $0.isUndecidedArrival(of: id) } }
            let lacksPages = node.isRunning && node.memory.processes?.lacksPages == true
            if node.isHeldDeparture || isDecided == true || lacksPages {
                self.breach("the one area is open while \(node.name) has not got, or not given, the container")
            }
        }
    }
}

extension SimulatedNode {
    fileprivate var isUndecidedArrival: Bool { self.isLast(.destination, in: ["accepted", "prepared", "aborting"]) }
    fileprivate var isHeldDeparture: Bool {
        self.isLast(.source, in: ["fenced", "synced", "iterated", "frozen", "dumped", "restored"])
    }
    /// The migration that its destination has to be told of.
    fileprivate var decidedDeparture: UniqueID? {
        self.journal.rows.last { $0.role == .source }.flatMap { $0.state == "committed" ? $0.migration : nil }
    }
    fileprivate func isUndecidedArrival(of migration: UniqueID) -> Bool {
        let last = self.journal.rows.last { $0.role == .destination && $0.migration == migration }
        return last.map { ["accepted", "prepared", "handedBack", "aborting"].contains($0.state) } ?? false
    }
    fileprivate var isDecidedDeparture: Bool { self.isLast(.source, in: ["committed", "confirmed", "served"]) }

    /// Whether the latest migration of that role stands there.
    private func isLast(_ role: NodeRole, in states: [String]) -> Bool {
        self.journal.rows.last { $0.role == role }.map { states.contains($0.state) } ?? false
    }
}
