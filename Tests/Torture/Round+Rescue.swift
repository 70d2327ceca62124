internal import Glibc
internal import LabSupport

extension Round {
    /// Sees to it that what was left unfinished is ended, in the way of the point.
    ///
    /// - Throws: `LabError` if it is not ended within the time that a guardian may need between two attempts.
    func rescue() throws {
        if self.point.rescue == .killedRecover { try self.recoverAndDie() }
        if self.point.rescue == .guardian, self.owesAGuardian {
            try wait(90, for: "the guardian to end it") { try !self.isOpen(on: .node1) || self.awaitsOperator() }
        }
        try wait(90, for: "vzmigrate --recover to end it") {
            let outcomes = try [Node.node1, .node2].map { try self.recover(on: $0) }
            if try self.decideLoss(outcomes[0], outcomes[1]) { return false }
            return try outcomes.allSatisfy { $0.status == 0 } && !self.isOpen(on: .node1) && !self.isOpen(on: .node2)
        }
    }

    /// Whether the container has lost memory on node2 for as long as nobody has said what is to become of it.
    private func awaitsOperator() throws -> Bool {
        let ends: Set = ["pages.lost", "pages.lost.for.good", "outcome.assumed", "abort.ordered"]
        return try Node.node2.journal(of: self.container.id).last { ends.contains($0.kind) }?.kind == "pages.lost"
    }

    /// What an operator does who has read what both recoveries have said, where they leave it to him.
    ///
    /// - Returns: whether there was anything to decide.
    private func decideLoss(_ source: CommandOutcome, _ destination: CommandOutcome) throws -> Bool {
        guard try self.awaitsOperator(), source.status == 80, source.complaint.contains("--assume aborted"),
            destination.status == 80, destination.complaint.contains("was stopped here before all of its memory")
        else { return false }
        let commits = self.point.operatorCommits
        for node in commits ? [Node.node1, .node2] : [.node1] {
            let words = ["--assume", commits ? "committed" : "aborted", "--because", "its memory is lost"]
            // Status 3: a guardian or an agent is at work on it at this moment.
            try wait(30, for: "an operator to be heard on \(node)") {
                let outcome = try node.start(["vzmigrate", "--recover", self.container.id] + words).wait()
                guard [0, 3].contains(outcome.status) else { throw LabError("an operator on \(node): \(outcome)") }
                return outcome.status == 0
            }
        }
        // With the next word between the two, about whatever container, each hears what the other's operator has said.
        if commits {
            let other = try TestContainer(kind: "counter", isStarted: false)
            let outcome = try Node.node1.migrate("node2", other.id)
            guard outcome.status == 0 else { throw LabError("the next migration after an operator's word: \(outcome)") }
        }
        return true
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
