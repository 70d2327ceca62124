internal import Glibc
internal import LabSupport

extension Round {
    /// Sees to it that what was left unfinished is ended, in the way of the point.
    ///
    /// - Throws: `LabError` if it is not ended within the time that a guardian may need between two attempts.
    func rescue() throws {
        if self.point.rescue == .killedRecover { try self.recoverAndDie() }
        if self.point.rescue == .guardian, self.owesAGuardian {
            try wait(90, for: "the guardian to end it") { try !self.isOpen(on: .node1) }
        }
        try wait(90, for: "vzmigrate --recover to end it") {
            let statuses = try [Node.node1, .node2].map { try self.recover(on: $0).status }
            return try statuses.allSatisfy { $0 == 0 } && !self.isOpen(on: .node1) && !self.isOpen(on: .node2)
        }
    }

    /// What it says when nothing is left to do, on both nodes; an empty string if it is that.
    func secondRecovery() throws -> String {
        try [Node.node1, .node2].map { node in
            let outcome = try node.run("vzmigrate", "--recover")
            let isIdle = outcome.status == 0 && outcome.output.contains("nothing is unfinished")
            return isIdle ? "" : "\(node): \(outcome)"
        }.joined()
    }

    /// The state of the latest migration in a node's journal; `nil` if there is none.
    func state(on node: Node) throws -> String? { try node.journal(of: self.container.id).last?.state }

    private func isOpen(on node: Node) throws -> Bool {
        let ended: Set = ["completed", "rolledBack", "contradicted", "aborted"]
        return try self.state(on: node).map { !ended.contains($0) } ?? false
    }

    /// Whether somebody is to end it unasked: unless the guardian was killed.
    private var owesAGuardian: Bool {
        guard case .kill(let victims) = self.point.fault else { return true }
        return !victims.contains(.guardian)
    }

    private func recover(on node: Node) throws -> CommandOutcome {
        self.recoveries += 1
        return try node.run("vzmigrate", "--recover")
    }

    /// A recovery, which leaves a guardian of its own behind, is killed at one of its appends.
    private func recoverAndDie() throws {
        let node: Node = self.point.deadlyAppend % 2 == 0 ? .node2 : .node1
        let stepped = SteppedProgram("vzmigrate", on: node, stopping: .after, of: self.container)
        let command = try node.start(["env"] + stepped.variables + ["vzmigrate", "--recover"])
        if try stepped.reach(stop: self.point.deadlyAppend, orEnd: { command.hasEnded }) { stepped.signal(SIGKILL) }
        self.recoveries += 1
        _ = command.wait()
    }
}
