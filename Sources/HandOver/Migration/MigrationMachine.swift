/// One role's state machine: the source's or the destination's.
///
/// A machine is the fold of its events. It has no clock, does no I/O and knows no `async`: what comes next follows from
/// the state alone, so a migration that resumes after a crash takes the path of one that never did.
package protocol MigrationMachine: Sendable {
    associatedtype Event: Sendable
    associatedtype Step: Hashable, Sendable

    /// The machine after its first event; throws if `event` cannot be a first one.
    init(startingWith event: Event) throws(InvalidTransition)

    /// Takes a fact. Throws, and changes nothing, if the fact cannot follow.
    mutating func apply(_ event: Event) throws(InvalidTransition)

    var migration: UniqueID { get }

    /// The one step that moves the migration on; `nil` when it has ended or waits for the other side's word.
    var nextStep: Step? { get }

    /// The step that was started and not yet heard of; `nil` between steps.
    var stepInFlight: Step? { get }

    /// How the events of this machine say that a step begins, and that it failed.
    static func started(_ step: Step) -> Event
    static func failed(_ step: Step, _ failure: StepFailure) -> Event
}

extension MigrationMachine {
    /// Replays a log from its first event on.
    package init(replaying events: some Sequence<Event>) throws {
        var iterator = events.makeIterator()
        guard let first = iterator.next() else { throw InvalidTransition(from: "without events", on: "none") }
        try self.init(startingWith: first)
        while let event = iterator.next() { try self.apply(event) }
    }
}

/// An event that cannot follow: a broken invariant if we made it, a foreign or damaged journal if we read it.
package struct InvalidTransition: Error, Hashable, Sendable, CustomStringConvertible {
    package let state: String
    package let event: String

    package init(from state: some Any, on event: some Any) {
        self.state = "\(state)"
        self.event = "\(event)"
    }

    package var description: String { "a migration that is \(self.state) cannot take the event \(self.event)" }
}

/// What an operator decided of a hand-over in doubt whose other node is gone for good (`--assume`): a heuristic
/// outcome.
///
/// The other node did not vote on it. When it comes back with another story, both report the contradiction.
package struct OperatorDecision: Hashable, Sendable {
    /// The end that the hand-over is taken to have come to.
    package enum Outcome: String, CaseIterable, Codable, Sendable {
        case committed
        case aborted
    }

    package let outcome: Outcome
    /// The operator's words, kept for ever.
    package let reason: String

    package init(_ outcome: Outcome, because reason: String) {
        self.outcome = outcome
        self.reason = reason
    }
}
