internal import Destination
internal import Engine
package import HandOver
internal import Journal
internal import Source

/// `vzmigrate --recover`: ends what processes that are gone have left unfinished on this server, in either role, as far
/// as it may be ended without the other server's word. Done again it does no harm.
package struct Recovery: Sendable {
    /// As the lock of a container names it while it is recovered.
    static let purpose = "recovering"

    let request: RecoveryRequest
    private let server: any SupervisedServer
    let reporter: any SupervisorReporter

    package init(
        _ request: RecoveryRequest, on server: any SupervisedServer, _ reporter: any SupervisorReporter
    ) {
        (self.request, self.server, self.reporter) = (request, server, reporter)
    }

    /// What came of it.
    package struct Report: Sendable {
        /// The first failure's, but that of a hand-over in doubt outranks every other.
        package var status: ExitStatus { self.statuses.contains(.inDoubt) ? .inDoubt : self.statuses.first ?? .success }
        /// Whether this server still has to tell a destination something, or to end what has come from a source.
        package internal(set) var owesMore = false
        var statuses: [ExitStatus] = []
    }

    /// - Parameter watch: has a guardian go on with what cannot be ended yet; `nil` in the guardian itself.
    /// - Returns: what came of it, all of which is told.
    package func run(watch: GuardianWatch?) async -> Report {
        var report = Report()
        do {
            let context = RunContext(
                try self.server.open(), self.server.environment, self.reporter, interruption: Interruption(),
                watch: watch)
            let trials = try await self.recoverTrials(context, &report)
            let found = try await self.recoverMigrations(context, &report) + trials
            if found == 0, !self.request.isGuardians { try self.sayNothingFound(&report) }
        } catch {
            // We do not know what is owed, unless the journal is such that nobody may act on its word.
            report.owesMore = report.owesMore || ((error as? JournalError)?.mayPass ?? true)
            report.statuses.append((error as? StepFailure)?.status ?? .system)
            self.reporter.complain("\(error)")
        }
        return report
    }

    private func sayNothingFound(_ report: inout Report) throws(StepFailure) {
        guard self.request.decision == nil else {
            throw StepFailure(
                .usage, "no migration of CT \(self.request.containers.first?.description ?? "-") is in doubt here")
        }
        let names = self.request.containers.map { "CT \($0)" }.joined(separator: ", ")
        self.reporter.tell("nothing \(names.isEmpty ? "" : "of \(names) ")is unfinished on this server")
    }

    /// So many containers at once: none stands still because another one's destination does not answer.
    private static let mostAtOnce = 16

    /// - Returns: how many there were.
    private func recoverMigrations(_ context: RunContext, _ report: inout Report) async throws -> Int {
        let departures = try context.host.records.openMigrations(as: SourceMigration.self)
            .filter { self.request.names($0.plan.container) }
        let arrivals = try DestinationRecovery(host: context.host.arrivals).unfinished().filter {
            self.request.names($0.plan.container)
        }
        await context.reconciliations.leave(departures.map(\.migration.description))
        let work = UnfinishedContainer.all(departures, arrivals)
        let endings = await withTaskGroup(of: [Ending].self) { group in
            var endings: [[Ending]] = []
            for (index, container) in work.enumerated() {
                if index >= Self.mostAtOnce, let some = await group.next() { endings.append(some) }
                group.addTask { await self.recover(container, context) }
            }
            for await some in group { endings.append(some) }
            return endings.joined()
        }
        for ending in endings { self.take(ending, context, &report) }
        // Not before: what the others have found is not lost.
        for ending in endings { _ = try ending.outcome.get() }
        return departures.count + arrivals.count
    }

    /// How one migration ended: why it has not ended, `nil` where it has; or what the journal threw.
    private struct Ending {
        let container: ContainerID
        let isArrival: Bool
        let outcome: Result<StepFailure?, JournalError>
    }

    /// One after the other, for there is one lock.
    private func recover(_ unfinished: UnfinishedContainer, _ context: RunContext) async -> [Ending] {
        var endings: [Ending] = []
        func note(_ isArrival: Bool, _ work: () async throws -> StepFailure?) async {
            let outcome: Result<StepFailure?, JournalError>
            do { outcome = .success(try await work()) } catch let error as JournalError {
                outcome = .failure(error)
            } catch { outcome = .success(StepFailure(wrapping: error)) }
            endings.append(Ending(container: unfinished.container, isArrival: isArrival, outcome: outcome))
        }
        for migration in unfinished.departures { await note(false) { try await self.recover(migration, context) } }
        for migration in unfinished.arrivals { await note(true) { try await self.recover(migration, context) } }
        return endings
    }

    private func take(_ ending: Ending, _ context: RunContext, _ report: inout Report) {
        let failure: StepFailure
        switch ending.outcome {
        case .success(nil): return
        case .success(let cause?): failure = cause
        case .failure(let error):
            if error.mayPass { self.haveGuarded(ending.container, context, &report) }
            return
        }
        if ending.isArrival { return self.takeArrival(failure, ending.container, context, &report) }
        // Also what somebody else is at work on: whoever that is may die.
        report.owesMore = true
        if self.request.isGuardians, failure.status == .locked { return }
        self.take(failure, ending.container, &report)
        if failure.status != .usage { self.haveGuarded(ending.container, context, &report) }
    }

    /// Nobody else may be left who tries it again.
    func haveGuarded(_ container: ContainerID, _ context: RunContext, _ report: inout Report) {
        do throws(StepFailure) { try context.watch?.begin() } catch { self.take(error, container, &report) }
    }

    func take(_ failure: StepFailure, _ container: ContainerID, _ report: inout Report) {
        report.statuses.append(failure.status)
        self.reporter.complain("CT \(container): \(failure.message)")
    }

    /// - Returns: `nil`: it has ended.
    private func recover(_ migration: SourceMigration, _ context: RunContext) async throws -> StepFailure? {
        let container = migration.plan.container
        // An operator's word is not lost because a guardian is at work.
        let lock =
            try await self.request.isGuardians
            ? context.lock(container, purpose: Self.purpose)
            : context.lockInTurn(container, purpose: Self.purpose)
        defer { withExtendedLifetime(lock) {} }
        // What was read before the lock was had may be old.
        guard var migration = try context.host.records.replay(migration.migration, as: SourceMigration.self),
            !migration.phase.isEnded
        else { return nil }
        self.reporter.tell("CT \(container): recovering migration \(migration.migration.short), \(migration.stateName)")
        if let decision = self.request.decision { try Self.check(decision, migration) }
        // From here on this run is who has to end it.
        try context.watch?.begin()
        let worker = try context.worker(for: migration.plan, self.reporter)
        if let decision = self.request.decision {
            try await worker.resume(&migration, assuming: decision)
        } else {
            try await worker.resume(&migration)
        }
        self.reporter.tell(Outcome(migration).line)
        return nil
    }

    private static func check(_ decision: OperatorDecision, _ migration: SourceMigration) throws(StepFailure) {
        if migration.takes(decision) { return }
        throw StepFailure(
            .usage,
            "the migration is \(migration.stateName) here, which leaves nothing to assume; run vzmigrate --recover "
                + "without --assume")
    }
}

/// All that is unfinished of one container on this server, in the order in which it has to be ended.
struct UnfinishedContainer: Sendable {
    let container: ContainerID
    /// Those that hold it come before those of which only a destination has to be told.
    let departures: [SourceMigration]
    let arrivals: [DestinationMigration]

    /// Each container once; those that are held come first.
    static func all(_ departures: [SourceMigration], _ arrivals: [DestinationMigration]) -> [Self] {
        let ordered = departures.filter { $0.phase != .abortOwed } + departures.filter { $0.phase == .abortOwed }
        var seen: Set<ContainerID> = []
        return (ordered.map(\.plan.container) + arrivals.map(\.plan.container))
            .filter { seen.insert($0).inserted }
            .map { id in
                Self(
                    container: id, departures: ordered.filter { $0.plan.container == id },
                    arrivals: arrivals.filter { $0.plan.container == id })
            }
    }
}

extension StepFailure {
    /// What is no failure of a step, such as a configuration that cannot be read.
    package init(wrapping error: any Error) { self.init(error, at: .source) }
}
