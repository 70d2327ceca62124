internal import Glibc
internal import LabSupport

/// A vzmigrate on its way to the moment at which something will happen to it.
final class MigrationUnderFire {
    let command: Command
    private let point: Point
    /// Whoever is stopped at its appends; `nil` where the moment is one of the clock.
    private let stepped: SteppedProgram?

    init(_ point: Point, of container: TestContainer) throws {
        self.point = point
        var environment: [String] = []
        if case .append(_, _, let node, let place) = point.moment {
            let name = node == .node1 ? "vzmigrate" : "vzmigrate-agent"
            let stepped = SteppedProgram(name, on: node, stopping: place, of: container)
            if node == .node1 { environment = stepped.variables } else { try AgentWrapper.install(stepped.variables) }
            self.stepped = stepped
        } else {
            self.stepped = nil
        }
        self.command = try Node.node1.start(
            ["env"] + environment + ["vzmigrate"] + point.kind.options + Self.patience(point) + ["node2", container.id])
    }

    /// A destination behind a cut link is given up before the link is mended, in some of the rounds.
    private static func patience(_ point: Point) -> [String] {
        guard case .cut = point.fault else { return [] }
        return ["--timeout", point.deadlyAppend % 2 == 0 ? "3" : "20"]
    }

    /// - Returns: whether there was such a moment.
    func waitForMoment() throws -> Bool {
        let hasEnded = { self.command.hasEnded }
        switch self.point.moment {
        case .append(let number, _, _, _): return try self.stepped?.reach(stop: number, orEnd: hasEnded) ?? false
        case .instant(let milliseconds): usleep(UInt32(milliseconds) * 1000)
        case .next(let program, let node, let milliseconds):
            usleep(UInt32(milliseconds) * 1000)
            try self.waitFor(program, on: node)
        case .into(let program, let node, let milliseconds):
            try self.waitFor(program, on: node)
            usleep(UInt32(milliseconds) * 1000)
            // The first was perhaps only asked by runc for its version.
            try self.waitFor(program, on: node)
        }
        return !hasEnded()
    }

    private func waitFor(_ program: String, on node: Node) throws {
        try wait(60, for: "\(program) on \(node)") {
            self.command.hasEnded || !node.processes(at: program).isEmpty
        }
    }

    func goOn() { self.stepped?.release() }

    /// Takes away what stopped it.
    func clear() {
        guard case .append(_, _, .node2, _) = self.point.moment else { return }
        do { try AgentWrapper.remove() } catch { print("the agent's stops stay on node2: \(error)") }
    }
}
