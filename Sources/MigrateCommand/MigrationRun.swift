internal import ContainerHost
internal import ContainerIdentity
internal import Glibc
internal import HostAccess
internal import MigrationEngine
internal import MigrationJournal
internal import MigrationModel
internal import MigrationSteps
internal import NodeConfiguration
internal import SecureShell
internal import ToolInformation

/// One run of vzmigrate on this node: what its containers' migrations have in common.
struct MigrationRun {
    private let intention: Intention
    private let node: SourceNode
    private let journal: JournalStore
    private let interruption: Interruption

    /// - Throws: why this node cannot be worked on at all.
    init(intention: Intention) throws(StepFailure) {
        self.intention = intention
        self.interruption = Interruption()
        guard geteuid() == 0 else {
            throw StepFailure(.system, "vzmigrate has to be run as root: it works on containers and their files")
        }
        do {
            let layout = NodeLayout()
            let logs = "\(layout.journalDirectory)/logs"
            self.journal = try JournalStore(directory: layout.journalDirectory, toolVersion: ToolVersion.text)
            try DurableFile.makeDirectories(logs, mode: 0o700)
            self.node = SourceNode(
                registry: try ContainerRegistry(of: layout),
                programs: HostPrograms(layout: layout, agent: ToolVersion.agentPath, logs: logs),
                journal: self.journal)
        } catch {
            throw StepFailure(.system, "\(error)")
        }
        InterruptionSignals.deliver(to: self.interruption)
    }

    /// Migrates one container, after whatever an earlier run has left of it.
    ///
    /// - Returns: the outcome, as one line.
    /// - Throws: `StepFailure`; any other error comes from the journal.
    func migrate(_ item: ContainerListItem) async throws -> String {
        guard !self.interruption.isRequested else {
            throw StepFailure(.terminated, "not begun, because a signal ended the run; the container stays where it is")
        }
        let id = try self.resolve(item.container)
        let lock = try self.lock(id)
        defer { withExtendedLifetime(lock) {} }
        let earlier = try await self.finishEarlier(id)
        if let earlier {
            let isDone = earlier.state == .copied && self.intention.copies
            let isGone = earlier.state == .completed && !self.node.registry.isRegistered(id)
            if isDone || isGone { return try self.outcome(ofEarlier: earlier) }
            Output.tell(Outcome(earlier).line)
        }
        let container = try self.node.container(id)
        let planner = Planner(intention: self.intention, item: item, container: container, node: self.node)
        let plan = try planner.plan()
        planner.remarks(on: plan).forEach(Output.tell)
        var migration = try SourceMigration(startingWith: .planned(plan))
        let worker = try Worker(plan, self)
        try await worker.log.append(.planned(plan), leadingTo: migration)
        try await worker.run(&migration)
        return try self.outcome(of: migration)
    }

    /// The id of the container that was meant: by its id, else by its UUID or its NAME. One that is not here, because
    /// an earlier run gave it away, keeps the id that was typed.
    private func resolve(_ typed: ContainerID) throws(StepFailure) -> ContainerID {
        let registry = self.node.registry
        if registry.isRegistered(typed) { return typed }
        do {
            let found =
                try typed.kind == .uuid
                ? registry.containers(withUUID: typed.description) : registry.containers(named: typed.description)
            guard found.count <= 1 else {
                throw StepFailure(.usage, "several containers are called \(typed): \(found); give the id")
            }
            return found.first ?? typed
        } catch {
            throw StepFailure(.system, during: "look for container \(typed)", error)
        }
    }

    /// Finishes or rolls back what an earlier run has left unfinished.
    ///
    /// - Returns: the latest such migration; `nil` if there was none.
    private func finishEarlier(_ container: ContainerID) async throws -> SourceMigration? {
        var latest: SourceMigration?
        let unfinished = try self.journal.openMigrations(as: SourceMigration.self)
        for var migration in unfinished where migration.plan.container == container {
            Output.tell(
                "CT \(container): finding an unfinished migration (\(migration.migration.short)) that is "
                    + "\(migration.stateName)")
            do {
                try await Worker(migration.plan, self).resume(&migration)
            } catch let failure as StepFailure where self.mayGoOn(past: migration) {
                Output.tell("CT \(container): \(failure.message)")
            }
            latest = migration
        }
        return latest
    }

    /// A rolled-back migration whose destination cannot be told keeps nobody from another destination: whatever it
    /// still holds there has a lower epoch, and never runs without our word.
    private func mayGoOn(past migration: SourceMigration) -> Bool {
        migration.state == .abortOwed && migration.plan.places.destination != self.intention.destinationText
    }

    /// What an earlier run had begun is now done, which is an answer only if the same was asked again.
    private func outcome(ofEarlier migration: SourceMigration) throws(StepFailure) -> String {
        let line = Outcome(migration).line
        guard migration.plan.places.destination == self.intention.destinationText else {
            throw StepFailure(.noSuchContainer, "an earlier run had decided to move it elsewhere: \(line)")
        }
        return line
    }

    private func outcome(of migration: SourceMigration) throws(StepFailure) -> String {
        if let failure = migration.failure, !migration.state.isPastCommit {
            Output.tell(Outcome(migration).line)
            throw failure
        }
        return Outcome(migration).line
    }

    private func lock(_ container: ContainerID) throws(StepFailure) -> ContainerLock {
        do throws(ContainerLockError) {
            return try ContainerLock(
                of: container, in: self.node.registry.global, purpose: "migrating to \(self.intention.destinationText)")
        } catch .lock(let id, let error) {
            throw StepFailure(.locked, "\(ContainerLockError.lock(id, error))")
        } catch {
            throw StepFailure(.system, "\(error)")
        }
    }

    /// Everything that one migration's steps need: its link, its log, its engine.
    private struct Worker {
        let log: MigrationLog<SourceMigration>
        private let link: DestinationLink
        private let engine: MigrationEngine<SourceSteps, MigrationLog<SourceMigration>>

        init(_ plan: MigrationPlan, _ run: MigrationRun) throws {
            let peer = PeerWitness()
            var options = SSHOptions()
            options.timeout = run.intention.timeout
            let (journal, current, container) = (run.journal, plan.migration, plan.container)
            self.link = DestinationLink(
                destination: try SSHDestination(parsing: plan.places.destination), options: options,
                tool: ToolVersion.text, journal: journal, peer: peer,
                outcome: { EarlierOutcome(journal: journal).orders(for: $0, current: current) },
                say: { Output.tell("CT \(container): \($0)") })
            self.log = try MigrationLog(of: plan.migration, in: journal, peer: peer)
            let session = MigrationSession(interruption: run.interruption, tell: Output.tell)
            self.engine = MigrationEngine(
                performer: SourceSteps(node: run.node, link: self.link, session: session), log: self.log)
        }

        func run(_ migration: inout SourceMigration) async throws {
            do {
                try await self.engine.run(&migration)
            } catch {
                await self.link.close()
                throw Self.explained(error, migration)
            }
            await self.link.close()
        }

        /// Before the commit an earlier process's migration is presumed aborted, also where it died between two steps.
        func resume(_ migration: inout SourceMigration) async throws {
            try await self.engine.settle(&migration)
            let isUndecided = !migration.state.isPastCommit && migration.failure == nil
            if isUndecided { try await self.engine.record(.interrupted(MigrationSession.processEnded), in: &migration) }
            do {
                try await self.run(&migration)
            } catch let failure as StepFailure where migration.state == .abortOwed {
                let owed =
                    "the roll-back of an earlier migration cannot be told to \(migration.plan.places.destination)"
                throw StepFailure(
                    failure.status == .terminated ? .cannotConnect : failure.status, "\(owed): \(failure.message)")
            }
        }

        private static func explained(_ error: any Error, _ migration: SourceMigration) -> any Error {
            if let failure = error as? StepFailure { return Self.explained(failure, migration) }
            // The journal's word: what became of the last event is unknown, and it may have been the commit.
            guard migration.state.isPastCommit || migration.stepInFlight == .decideCommit else { return error }
            return StepFailure(.inDoubt, "\(error); the hand-over may be decided: run vzmigrate for it again")
        }

        /// A roll-back that could not be told to the destination ends with its own cause, and what is still owed.
        private static func explained(_ failure: StepFailure, _ migration: SourceMigration) -> StepFailure {
            guard migration.state == .abortOwed, let cause = migration.failure, cause != failure else { return failure }
            return StepFailure(
                cause.status,
                "\(cause.message); the container is as it was, and the destination hears of it with the next run "
                    + "(\(failure.message))")
        }
    }
}
