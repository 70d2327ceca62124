package import Destination
package import Engine
package import HandOver
package import Journal
package import Source

/// A server as those see it who finish what dead processes left on it: `RealServer`, or a fake in the simulator.
///
/// Every verb may fail with whatever the system says; none takes that for a no.
package protocol SupervisedServer: Sendable {
    /// Time and threads.
    var environment: any StepEnvironment { get }

    /// Opens the node for work, anew each time: a journal whose last append failed is of no more use.
    ///
    /// - Throws: why nothing can be done here now: a `StepFailure`, or the journal's own error.
    func open() throws -> any SourceHost

    /// Starts a process that guards the work of this one and outlives it: see `Guardian`.
    func startGuardian() throws(StepFailure)

    /// Returns when a process of this server is gone.
    ///
    /// - Parameter worker: its number.
    /// - Throws: only where the task is cancelled.
    func waitForEnd(of worker: Int32) async throws

    /// Tries to take a guardian's post, and does not wait for it.
    func tryPost(_ post: GuardianPost) -> LockAttempt
}

/// What came of trying to take a lock. That it cannot be told is not that somebody has it.
package enum LockAttempt: Sendable {
    /// It is ours for as long as the value lives.
    case taken(any HeldLock)
    /// - sentence: says who has it, for people.
    /// - purpose: is what its holder took it for; `nil` where the holder has not said so.
    case held(sentence: String, purpose: String?)
    case unknown(StepFailure)
}

/// A lock that is held until the last reference to this is gone, or the process.
package protocol HeldLock: AnyObject, Sendable {
    /// Why the lock does not name us to whoever comes second; `nil` where it does.
    var announcementFailure: StepFailure? { get }
}

/// The node that containers leave, opened for work by one process.
package protocol SourceHost: Sendable {
    /// This node's journal.
    var records: any MigrationRecords { get }
    /// The same node in the other role.
    var arrivals: any DestinationHost { get }

    /// Tries to take a container's lock, and does not wait for it.
    func tryLock(_ container: ContainerID, purpose: String) -> LockAttempt

    // The registry

    /// Whether a container of that id has a configuration here.
    func isRegistered(_ container: ContainerID) -> Bool
    /// The containers that are called so, by their UUID or NAME.
    func containers(called name: ContainerID) throws -> [ContainerID]
    /// - Throws: `StepFailure`, of status `noSuchContainer` where it is not here.
    func facts(of container: ContainerID) throws -> ContainerFacts
    /// `REMOVEMIGRATED` of this node.
    func removesMigrated() throws -> Bool
    /// Whether this kernel allows post-copy.
    var servesPages: Bool { get }

    // What a plan is given

    func newMigration() -> UniqueID
    /// A `UUID=` that nobody has.
    func newIdentity() -> String

    // A worker's hands

    /// This node, as a container leaves it by that plan.
    func site(of plan: MigrationPlan) -> any SourceSite
    /// The way to the destination of a plan.
    ///
    /// - Parameters:
    ///   - plan: of the migration.
    ///   - peer: hears where the other journal stands.
    ///   - reconcile: hears of what is unfinished there.
    /// - Returns: the way, not opened yet.
    /// - Throws: where the plan's destination is none.
    func link(
        for plan: MigrationPlan, peer: PeerWitness, reconcile: @escaping ReconcileEarlier
    ) throws -> any DestinationLink

    // Trial dumps

    /// The containers whose trial dump was begun and has not ended.
    func unfinishedTrials() throws -> [ContainerID]
    /// Lets such a container go on; its lock is held.
    func endTrial(of container: ContainerID) async throws(StepFailure)
}

/// What a plan has to know of a container of this node.
package struct ContainerFacts: Sendable {
    package let container: ContainerID
    /// `UUID=` of its configuration; `nil` where it has none yet.
    package let identity: String?
    package let isDisabled: Bool
    /// Whether any process of it exists, frozen ones too.
    package let isAlive: Bool
    /// Absolute path.
    package let privateArea: String
    /// Whether its trial dump was begun and has not ended.
    package let hasUnfinishedTrial: Bool

    package init(
        container: ContainerID, identity: String?, isDisabled: Bool, isAlive: Bool, privateArea: String,
        hasUnfinishedTrial: Bool = false
    ) {
        self.container = container
        self.identity = identity
        self.isDisabled = isDisabled
        self.isAlive = isAlive
        self.privateArea = privateArea
        self.hasUnfinishedTrial = hasUnfinishedTrial
    }
}

/// Who hears what is done, and by whom that is told to people and programs.
package protocol SupervisorReporter: Sendable {
    /// One line about the course of things.
    func tell(_ line: String)
    func complain(_ sentence: String)
    /// The migration that is begun, or gone on with.
    func plan(_ plan: MigrationPlan, carriedOutIn session: MigrationSession)
    /// What its checks have found.
    func check(_ report: CheckReport)
    /// What was journaled of it.
    func hear(_ migration: SourceMigration)
}

extension SupervisorReporter {
    package func plan(_ plan: MigrationPlan, carriedOutIn session: MigrationSession) {}
    package func check(_ report: CheckReport) {}
    package func hear(_ migration: SourceMigration) {}
}
