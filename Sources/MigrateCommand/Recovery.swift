internal import ContainerIdentity
internal import MigrationJournal
internal import MigrationModel
internal import MigrationSteps

/// `vzmigrate --recover`: ends what processes that are gone have left unfinished on this server, in either role, as far
/// as it may be ended without the other server's word. Done again it does no harm.
struct Recovery {
    /// As the lock of a container names it while it is recovered.
    static let purpose = "recovering"

    let request: RecoveryRequest

    /// What came of it.
    struct Report {
        /// The first failure's, but that of a hand-over in doubt outranks every other.
        var status: ExitStatus { self.statuses.contains(.inDoubt) ? .inDoubt : self.statuses.first ?? .success }
        /// Whether this server still has to tell a destination something, or to end what has come from a source.
        var owesMore = false
        fileprivate var statuses: [ExitStatus] = []

        mutating func take(_ failure: StepFailure, _ container: ContainerID) {
            self.statuses.append(failure.status)
            Output.complain("CT \(container): \(failure.message)")
        }
    }

    func run(guardian: Guardian?) async -> Report {
        var report = Report()
        do {
            let workplace = try Workplace(timeout: self.request.timeout, guardian: guardian)
            let departures = try workplace.journal.openMigrations(as: SourceMigration.self)
                .filter { self.request.names($0.plan.container) }
            // All at once: none stands still because another one's destination does not answer.
            let found = try await withThrowingTaskGroup(of: (Int, StepFailure?).self) { group in
                for (index, migration) in departures.enumerated() {
                    group.addTask { (index, try await self.recover(migration, workplace)) }
                }
                let others =
                    try await self.recoverArrivals(workplace, &report) + self.recoverTrials(workplace, &report)
                let endings = try await group.reduce(into: []) { $0.append($1) }
                for case (let index, let failure?) in endings.sorted(by: { $0.0 < $1.0 }) {
                    // Also what somebody else is at work on: whoever that is may die.
                    report.owesMore = true
                    if self.request.isGuardians, failure.status == .locked { continue }
                    report.take(failure, departures[index].plan.container)
                }
                return departures.count + others
            }
            if found == 0, !self.request.isGuardians { try self.sayNothingFound(&report) }
        } catch {
            // What is owed is not known, unless the journal is such that nothing may be done on its word.
            report.owesMore = report.owesMore || ((error as? JournalError)?.mayPass ?? true)
            report.statuses.append((error as? StepFailure)?.status ?? .system)
            Output.complain("\(error)")
        }
        return report
    }

    private func sayNothingFound(_ report: inout Report) throws(StepFailure) {
        guard self.request.decision == nil else {
            throw StepFailure(
                .usage, "no migration of CT \(self.request.containers.first?.description ?? "-") is in doubt here")
        }
        let names = self.request.containers.map { "CT \($0)" }.joined(separator: ", ")
        Output.tell("nothing \(names.isEmpty ? "" : "of \(names) ")is unfinished on this server")
    }

    /// - Returns: why it has not ended; `nil` where it has.
    /// - Throws: what the journal throws.
    private func recover(_ migration: SourceMigration, _ workplace: Workplace) async throws -> StepFailure? {
        let container = migration.plan.container
        do {
            // An operator's word is not lost because a guardian is at work.
            let lock =
                try await self.request.isGuardians
                ? workplace.lock(container, purpose: Self.purpose)
                : workplace.lockInTurn(container, purpose: Self.purpose)
            defer { withExtendedLifetime(lock) {} }
            // What was read before the lock was had may be old.
            guard var migration: SourceMigration = try workplace.journal.replay(migration.migration),
                !migration.state.isEnded
            else { return nil }
            Output.tell("CT \(container): recovering migration \(migration.migration.short), \(migration.stateName)")
            let worker = try MigrationWorker(migration.plan, in: workplace)
            if let decision = self.request.decision {
                try Self.check(decision, migration)
                try await worker.resume(&migration, assuming: decision)
            } else {
                try await worker.resume(&migration)
            }
            Output.tell(Outcome(migration).line)
            return nil
        } catch let failure as StepFailure {
            return failure
        } catch let error where !(error is JournalError) {
            return StepFailure(.system, "\(error)")
        }
    }

    private static func check(_ decision: OperatorDecision, _ migration: SourceMigration) throws(StepFailure) {
        if migration.takes(decision) { return }
        throw StepFailure(
            .usage,
            "the migration is \(migration.stateName) here, which leaves nothing to assume; run vzmigrate --recover "
                + "without --assume")
    }
}
