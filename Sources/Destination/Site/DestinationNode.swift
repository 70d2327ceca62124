package import Container
package import Engine
internal import Glibc
package import HandOver
internal import Host
package import Journal
internal import Transfer

/// This node, as the steps of a migration towards it see it.
package struct DestinationNode: Sendable {
    package let registry: ContainerRegistry
    package let programs: HostPrograms
    package let journal: JournalStore
    /// The version of this program, for people.
    package let tool: String

    package init(registry: ContainerRegistry, programs: HostPrograms, journal: JournalStore, tool: String) {
        self.registry = registry
        self.programs = programs
        self.journal = journal
        self.tool = tool
    }

    package var layout: NodeLayout { self.registry.layout }

    /// The UUID of this node's journal: the node's identity.
    var identity: String { self.journal.identity }
}

extension DestinationNode: DestinationHost {
    package var records: any MigrationRecords { self.journal }
    package var environment: any StepEnvironment { ServerEnvironment() }

    package func survey(_ arriving: IncomingContainer, _ questions: InspectionQuestions?) throws -> NodeSurvey {
        try ServerSurvey(node: self, arriving: arriving, questions: questions).run()
    }

    package func site(of plan: DestinationPlan) -> any DestinationSite { LocalDestinationSite(node: self, plan: plan) }

    /// The agent of an earlier session of the same migration serves a source that has long been speaking with this
    /// one, and only the network does not tell it.
    package func lock(_ plan: DestinationPlan, succeeding: Bool) throws -> any HeldContainer {
        let purpose = "arriving by migration \(plan.migration)"
        // LOCKDIR may be on the storage that is shared, and its source holds the container's lock there. Whoever would
        // move it on from here is kept waiting by the journal.
        let node = plan.sharesStorage ? self.identity : nil
        if succeeding, let holder = ContainerLock.holder(of: plan.container, in: self.registry.global, node: node),
            holder.purpose == purpose, holder.process != getpid(), let agent = HostProcess(holder.process)
        {
            agent.send(SIGKILL)
            _ = agent.waitUntilGone(.seconds(5))
            try self.site(of: plan).endLeftovers()
        }
        let lock = try ContainerLock(
            of: plan.container, in: self.registry.global, purpose: purpose, node: node)
        return HeldLock(lock, for: plan.migration)
    }
}

private final class HeldLock: HeldContainer {
    let lock: ContainerLock
    let migration: UniqueID

    init(_ lock: consuming ContainerLock, for migration: UniqueID) {
        self.lock = lock
        self.migration = migration
    }

    var id: ContainerID { self.lock.id }
    var announcementFailure: StepFailure? {
        self.lock.announcementFailure.map {
            StepFailure(.system, "the lock of CT \(self.id) does not say who holds it: \($0)")
        }
    }
}

/// The directories of this node that exist for one arriving container only.
struct DestinationDirectories {
    let node: DestinationNode
    let plan: DestinationPlan

    /// The private area until it has its final name.
    var area: IncomingArea {
        IncomingArea(path: self.plan.places.incomingArea, owner: self.owner, layout: self.node.layout)
    }
    /// Each attempt at a copy has an identity of its own: what it is a copy of, and its id, tell it from another one.
    private var owner: String {
        // Nothing is received of an area that is shared, and an earlier attempt's that was kept is not touched.
        if self.plan.sharesStorage { return self.plan.migration.description }
        guard self.plan.kind.isCopy,
            let configuration = try? IncomingConfiguration(of: self.plan, on: self.node.registry).configuration,
            let origin = try? configuration.copyOf,
            let name = ContainerID.normalizedUUID(origin) ?? (try? ContainerID(parsing: origin))?.description
        else { return self.plan.identity }
        return "\(self.plan.container)-of-\(name)"
    }
    var imagesState: String { "\(self.node.layout.stateDirectory(self.plan.migration.description))/images" }
    var state: String { self.node.layout.stateDirectory(self.plan.migration.description) }
    /// CRIU's logs. They are kept after a failure, and named in its message.
    var logs: String { "\(self.node.layout.journalDirectory)/logs/\(self.plan.migration)" }
    /// The pages of its processes, pass for pass. In memory.
    var memory: String { "\(self.run)/memory" }
    /// In memory.
    var images: String { "\(self.run)/images" }
    var run: String { self.node.layout.runDirectory(self.plan.container) }

    /// CRIU's words stay only if there are any.
    func removeEmptyLogs() throws {
        guard DurableFile.exists(self.logs), try DurableFile.names(in: self.logs).isEmpty else { return }
        try AreaRemoval.remove(self.logs)
    }
}
