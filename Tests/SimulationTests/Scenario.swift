import Engine
import HandOver
import Journal
import Source

/// One container, what is asked of it, and what goes wrong.
struct Scenario: Sendable {
    let kind: MigrationKind
    var keepsDestination = false
    var removesArea = false
    /// Whether it says DISABLED at first; if it runs, somebody has started it by hand.
    var wasDisabled = false
    /// Whether all nodes have its area on the same storage.
    var sharesStorage = false
    /// Every command is given once, whatever became of the one before.
    var moves = [Move(from: 0, to: 1)]
    /// Whether all that is unfinished is ended before the next command; else it follows on the heels of the one before.
    var isPatient = false
    /// Each command is typed again while its guardian takes over: the guardian comes so many turns after it, or before
    /// it if the number is negative. `nil` leaves it to the guardian.
    var race: Int?
    /// An operator types `vzmigrate --recover` so many turns after the first time; `nil` for none.
    var rescue: Int?
    /// Whether an earlier migration of another container is still owed to the third server: its guardian is looking a
    /// last time, and takes long, while the command runs.
    var hasElder = false
    /// What operators decide of the first move once both servers think that the other one is gone for good.
    var decisions: [Decision] = []
    var faults = FaultPlan()
    var sabotage: Sabotage?

    /// Servers by number.
    struct Move: Hashable, Sendable {
        let from: Int
        let to: Int
        /// `nil` leaves it the id that it has.
        var newID: String?
    }

    struct Decision: Hashable, Sendable {
        let node: Int
        let outcome: OperatorDecision.Outcome
    }

    /// What came of a run.
    struct Report: Sendable {
        let violations: [String]
        let points: Int
        let notes: [String]
        let journals: [String]
        /// Whether two operators' words, or one's and the truth, were found not to agree.
        let isContradicted: Bool
    }

    func run(codec: Bool = true, keepsNotes: Bool = false) -> Report {
        SimulationThread.run { thread in
            let world = World(
                self.faults, on: thread, kind: self.kind, sabotage: self.sabotage, codec: codec,
                keepsNotes: keepsNotes)
            let run = ScenarioRun(self, in: world)
            await run.play()
            let isContradicted = run.isContradicted
            return Report(
                violations: world.violations + (isContradicted ? [] : world.breaches), points: world.points,
                notes: world.notes,
                journals: keepsNotes
                    ? world.nodes.flatMap { node in node.journal.story.map { "\(node.name): \($0)" } } : [],
                isContradicted: isContradicted)
        }
    }
}

extension Scenario {
    /// What happens in it, event by event, with both journals: for a run that ends wrong.
    var story: String {
        let report = self.run(keepsNotes: true)
        let moves = self.moves.map { "\($0.from)->\($0.to) \($0.newID ?? "")" }.joined(separator: ", ")
        let title =
            "\(self.kind) \(moves), shared \(self.sharesStorage), keeps \(self.keepsDestination), "
            + "disabled \(self.wasDisabled), patient "
            + "\(self.isPatient), race \(self.race.map(String.init) ?? "no"), rescue "
            + "\(self.rescue.map(String.init) ?? "no"), elder \(self.hasElder), decisions "
            + "\(self.decisions.map { "\($0.node) \($0.outcome)" }), \(self.faults):"
        return ([title] + report.violations + report.notes + report.journals).joined(separator: "\n")
    }
}
