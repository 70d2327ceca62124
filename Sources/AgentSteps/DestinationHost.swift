package import AgentProtocol
package import ContainerIdentity
package import MigrationEngine
package import MigrationModel
package import NodeConfiguration

/// The node that containers come to, as the conversation with their source needs it: `DestinationNode` on a server,
/// faked in the simulator.
package protocol DestinationHost: Sendable {
    /// This node's journal.
    var records: any MigrationRecords { get }
    var environment: any StepEnvironment { get }
    /// Says where things are on this node.
    var registry: ContainerRegistry { get }

    /// Whether the area that is sought is at that place, an absolute path: by its looks, or by a probe if there is one.
    func sees(_ sought: SoughtArea, at place: String) throws -> Bool

    /// Looks whether there is a place for an arriving container, whatever the journal says. Changes nothing.
    ///
    /// - Parameters:
    ///   - arriving: the container.
    ///   - questions: what its source wants to compare; `nil` where it has compared already.
    /// - Returns: what is in the way here, and what was asked for.
    /// - Throws: where this node cannot be looked at.
    func survey(_ arriving: ArrivingContainer, _ questions: InspectionQuestions?) throws -> NodeSurvey

    /// The place of a container whose migration was, or is to be, accepted.
    func site(of plan: DestinationPlan) -> any ArrivalSite

    /// Takes a container's lock.
    ///
    /// - Parameters:
    ///   - plan: of the container.
    ///   - succeeding: whether we speak for the source, and end an agent of an earlier session of the same migration;
    ///     whoever does not leaves a working agent alone.
    /// - Returns: the lock, held until it goes.
    /// - Throws: `ContainerLockError` if somebody else has it.
    func lock(_ plan: DestinationPlan, succeeding: Bool) throws -> any HeldContainer
}

/// A container's lock, held for as long as this lives.
package protocol HeldContainer: Sendable {
    var id: ContainerID { get }
    /// The migration that it is held for: by that a later session of the same migration finds its holder.
    var migration: MigrationID { get }
    /// Why a later session could not find its holder; `nil` where it can.
    var silence: StepFailure? { get }
}

/// What a node has to say of a container that wants to come.
package struct NodeSurvey: Sendable {
    package var failures: [AgentRefusal] = []
    /// `nil` where nothing was asked, or a failure left nothing to look at.
    package var facts: ArrivalFacts?

    package init() {}
}
