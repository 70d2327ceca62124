package import Engine
package import HandOver
internal import Journal
package import Source

/// This server, opened for work: what all migrations of one process have in common.
package struct RunContext: Sendable {
    package let host: any SourceHost
    package let environment: any StepEnvironment
    package let interruption: Interruption
    /// How long a container may stand frozen before the commit; `nil` goes by its size.
    package let freezeTimeout: Duration?
    /// Has somebody take over when this process dies; `nil` in the guardian itself.
    package let watch: GuardianWatch?
    let reporter: any SupervisorReporter
    /// What all sessions of this process have ended of earlier migrations.
    let reconciliations = Reconciliations()

    package init(
        _ host: any SourceHost, _ environment: any StepEnvironment, _ reporter: any SupervisorReporter,
        interruption: Interruption, freezeTimeout: Duration? = nil, watch: GuardianWatch?
    ) {
        (self.host, self.environment, self.reporter) = (host, environment, reporter)
        self.interruption = interruption
        self.freezeTimeout = freezeTimeout
        self.watch = watch
    }

    /// A worker on this server; from before its first change on, the guardian watches.
    ///
    /// - Parameters:
    ///   - plan: of the migration.
    ///   - reporter: hears of its course.
    /// - Returns: the worker, which has done nothing yet.
    /// - Throws: where the journal cannot be read, or the plan's destination is none.
    func worker(for plan: MigrationPlan, _ reporter: any SupervisorReporter) throws -> MigrationWorker {
        let (records, watch, reconciliations) = (self.host.records, self.watch, self.reconciliations)
        let peer = PeerWitness()
        let earlier = Reconciliation(of: records, complain: reporter.complain)
        let session = MigrationSession(
            interruption: self.interruption, freezeTimeout: self.freezeTimeout, environment: self.environment,
            tell: reporter.tell, hear: reporter.check)
        reporter.plan(plan, carriedOutIn: session)
        return MigrationWorker(
            site: self.host.site(of: plan), records: records,
            log: try records.log(of: plan.migration, as: SourceMigration.self, peer: peer),
            link: try self.host.link(for: plan, peer: peer) { reference, exchange in
                try await reconciliations.once(reference) {
                    try await earlier.reconcile(reference, current: plan.migration, exchange)
                }
            },
            session: session, heard: reporter.hear,
            beforeWork: { () throws(StepFailure) in try watch?.begin() })
    }
}

/// The locks of containers.
extension RunContext {
    /// - Parameters:
    ///   - container: whose lock is taken.
    ///   - purpose: told to whoever comes second.
    /// - Returns: the lock, held.
    /// - Throws: a failure of status `locked` that names the holder; of another one where nobody can tell.
    package func lock(_ container: ContainerID, purpose: String) throws(StepFailure) -> any HeldLock {
        switch self.host.tryLock(container, purpose: purpose) {
        case .taken(let lock): return self.told(lock, container)
        case .held(let sentence, _): throw StepFailure(.locked, sentence)
        case .unknown(let failure): throw failure
        }
    }

    /// The same, but waits for a recovery that holds the lock: it ends what the caller would have to end first.
    package func lockInTurn(_ container: ContainerID, purpose: String) async throws(StepFailure) -> any HeldLock {
        let start = self.environment.now
        while true {
            let waited = start.duration(to: self.environment.now)
            switch self.host.tryLock(container, purpose: purpose) {
            case .taken(let lock): return self.told(lock, container)
            case .held(let sentence, let purpose):
                guard Self.isHeldForMoments(purpose, waited) else { throw StepFailure(.locked, sentence) }
            case .unknown(let failure): guard waited < .seconds(2) else { throw failure }
            }
            do { try await self.environment.sleep(for: .milliseconds(50)) } catch {
                throw StepFailure(.terminated, "CT \(container) was not waited for any longer")
            }
        }
    }

    /// A guardian that ends an earlier run gives the container back soon. It may just have taken the lock and not yet
    /// have said so, and then nobody knows who holds it.
    private static func isHeldForMoments(_ purpose: String?, _ waited: Duration) -> Bool {
        guard let purpose else { return waited < .seconds(2) }
        return purpose == Recovery.purpose && waited < .seconds(20)
    }

    private func told(_ lock: any HeldLock, _ container: ContainerID) -> any HeldLock {
        if let announcementFailure = lock.announcementFailure {
            self.reporter.tell("CT \(container): its lock does not name us: \(announcementFailure)")
        }
        return lock
    }
}

/// Several sessions of one process hear at once of a hand-over that a destination has not ended. One of them ends it:
/// an agent that is given the order ends the agent that had it before, and that would be another session's of ours.
actor Reconciliations {
    /// Those that are being ended, and who waits for that.
    private var waiting: [HandOverReference: [CheckedContinuation<Void, Never>]] = [:]

    /// Hand-overs, by their ids, that this process ends by itself.
    private var ownWork: Set<String> = []

    /// Leaves hand-overs to those who are about to end them.
    func leave(_ ids: [String]) { self.ownWork.formUnion(ids) }

    /// Returns when it has been tried, by us or by another session, which then tells what has become of it.
    func once(_ reference: HandOverReference, _ end: @Sendable () async throws -> Void) async throws {
        guard !self.ownWork.contains(reference.id) else { return }
        if self.waiting[reference] != nil {
            return await withCheckedContinuation { self.waiting[reference]?.append($0) }
        }
        self.waiting[reference] = []
        defer { for other in self.waiting.removeValue(forKey: reference) ?? [] { other.resume() } }
        try await end()
    }
}
