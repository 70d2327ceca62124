import MigrationJournal
import MigrationModel

/// What must hold at every instant.
extension World {
    func check() {
        let running = self.nodes.filter(\.isRunning)
        if running.count > 1 { self.breach("two copies run: on \(running.map(\.name).joined(separator: " and "))") }
        self.checkTooEarly(running)
        self.checkStrangers(running)
    }

    /// What is journaled of the memory has to be what became of it.
    func hear(_ event: any Sendable, on node: SimulatedNode) {
        guard case .sourceRestored(let memoryLost)? = event as? SourceEvent, let processes = node.memory.processes,
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
        guard !self.kind.isCopy else { return }
        for node in self.nodes where node.isUp && node.memory.processes == nil {
            guard let area = node.disk.area, area.fence == nil else { continue }
            let isElsewhere = node.isUndecidedArrival || node.isDecidedDeparture || running.contains { $0 !== node }
            if isElsewhere { self.breach("\(node.name) has a copy that anybody may start, and it is not there") }
        }
    }
}

extension SimulatedNode {
    fileprivate var isUndecidedArrival: Bool { self.isLast(.destination, in: ["accepted", "prepared", "aborting"]) }
    fileprivate var isDecidedDeparture: Bool { self.isLast(.source, in: ["committed", "confirmed", "served"]) }

    /// Whether the latest migration of that role stands there.
    private func isLast(_ role: NodeRole, in states: [String]) -> Bool {
        self.journal.rows.last { $0.role == role }.map { states.contains($0.state) } ?? false
    }
}
