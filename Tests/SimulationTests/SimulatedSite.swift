/// What a container's deeds on a simulated node have in common: each is a point at which the process may die.
protocol SimulatedSite: Sendable {
    var world: World { get }
    var process: SimulatedProcess { get }
}

extension SimulatedSite {
    var node: SimulatedNode { self.process.node }

    func deed(_ body: (SimulatedNode) throws -> Void) throws {
        try self.world.reach(.deed, by: self.process)
        try body(self.node)
        self.world.check()
    }

    /// A deed on the container's processes, which have to be there.
    func change(_ body: (inout SimulatedNode.Processes) throws -> Void) throws {
        try self.deed { node in
            guard var processes = node.memory.processes else { throw ContainerGone() }
            try body(&processes)
            node.memory.processes = processes
        }
    }
}

/// A verb that needs processes found none.
struct ContainerGone: Error {}
/// A bundle whose fence stands was to be started.
struct Fenced: Error {}
