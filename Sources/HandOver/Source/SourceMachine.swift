/// A migration as its source sees it: the fold of the events in the source's journal.
///
/// Who may run is read off ``state``: before `commit.decided` (`planned` to `restored`) the container is the source's
/// and a failure gives it back; from `committed` on the source never lets the original go again, unless the
/// destination or an operator hands it back.
package struct SourceMigration: MigrationMachine {
    package let plan: MigrationPlan
    package private(set) var state: SourceState
    package private(set) var stepInFlight: SourceStep?
    /// What an operator decided in the destination's place; `nil` if nobody had to.
    package private(set) var decision: OperatorDecision?
    /// The destination's other story; `nil` if there is none.
    package private(set) var contradiction: StepFailure?
    /// What is told of the migration. It decides nothing.
    package private(set) var history = SourceHistory()

    package var migration: UniqueID { self.plan.migration }

    package init(startingWith event: SourceEvent) throws(InvalidTransition) {
        guard case .planned(let plan) = event else { throw InvalidTransition(from: "not begun", on: event) }
        self.plan = plan
        self.state = .planned
    }

    package mutating func apply(_ event: SourceEvent) throws(InvalidTransition) {
        if case .stepStarted(let step) = event {
            guard step == self.nextStep, self.stepInFlight == nil else {
                throw InvalidTransition(from: self.state.phase, on: event)
            }
            self.stepInFlight = step
            return
        }
        guard let next = self.state.next(on: event, of: self.plan, during: self.stepInFlight) else {
            throw InvalidTransition(from: self.state.phase, on: event)
        }
        self.state = next
        self.stepInFlight = nil
        if case .assumed(let decision) = event { self.decision = decision }
        if case .contradicted(let story) = event { self.contradiction = story }
        self.history.take(event)
    }

    package var nextStep: SourceStep? {
        switch self.state {
        case .planned: .checkNodes
        case .checked: .openDestination
        case .accepted: self.plan.kind.isCopy ? .syncTree : .raiseFence
        case .fenced: .syncTree
        case .synced: self.plan.kind.isCopy ? .prepareDestination : self.stepAfter([])
        case .iterated(let rounds): self.stepAfter(rounds)
        case .frozen: .dumpContainer
        case .dumped: .prepareDestination
        case .restored: .decideCommit
        case .committed: .deliverCommit
        case .confirmed: self.plan.kind.isCopy ? .registerCopy : .releaseSource
        case .serving: .servePages
        case .served: .releaseSource
        case .rollingBack: .rollBack
        case .abortOwed: .deliverAbort
        case .completed, .copied, .rolledBack, .contradicted: nil
        }
    }

    private func stepAfter(_ rounds: [MemoryRound]) -> SourceStep {
        let isWorthIt = rounds.areWorthAnother(
            maxDowntime: self.plan.maxDowntime, autoConverges: self.plan.autoConverges,
            isPostCopy: self.plan.kind.isLazy)
        return self.plan.kind.isIterative && isWorthIt ? .iterateMemory : .freezeContainer
    }

    /// Whether an operator may decide so in the destination's place: in doubt either way, also about memory that does
    /// not arrive, and of an end that the destination has yet to hear of only that it is the one.
    package func takes(_ decision: OperatorDecision) -> Bool {
        self.state.assuming(decision, of: self.plan) != nil
    }

    package static func started(_ step: SourceStep) -> SourceEvent { .stepStarted(step) }
    package static func failed(_ step: SourceStep, _ failure: StepFailure) -> SourceEvent { .stepFailed(step, failure) }
}

/// Where a migration stands at the source, with what of it decides the next step.
package enum SourceState: Hashable, Sendable {
    /// Nothing was changed anywhere.
    case planned
    case checked
    /// The destination has taken the migration and its epoch.
    case accepted
    /// Nothing but a recovery can start the container here.
    case fenced
    /// The destination holds the private area as this pass left it.
    case synced(SyncedTree)
    /// The destination holds rounds of memory, at least one; the container still runs.
    case iterated(rounds: [MemoryRound])
    /// The container stands still, or is stopped.
    case frozen
    case dumped(ContainerDump)
    /// The **destination** has restored the container and given up its right to abort; the original is still frozen.
    case restored
    /// The commit point is passed: the container is the destination's, which may not know it yet.
    case committed
    /// The destination has it, or an operator says so.
    case confirmed
    /// The container runs there and awaits pages of the frozen original (post-copy).
    case serving
    /// Post-copy has ended: the destination holds every page, or will never need them.
    case served
    case completed
    case copied
    case rollingBack(RollBack)
    /// The container is back; the destination has yet to hear of the abort.
    case abortOwed(RolledBack)
    case rolledBack(RolledBack)
    /// It was rolled back here while the destination has let it go: two copies may run. An operator has to look.
    case contradicted(RolledBack)

    /// Why the container is given back, and what has to be undone.
    package struct RollBack: Hashable, Sendable {
        package let cause: StepFailure
        /// Whether the freeze, or the stop, was begun; what came of it may be unknown.
        package let freezeBegan: Bool

        fileprivate init(_ cause: StepFailure, freezeBegan: Bool) {
            self.cause = cause
            self.freezeBegan = freezeBegan
        }
    }

    /// How the container was given back.
    package struct RolledBack: Hashable, Sendable {
        package let cause: StepFailure
        /// Whether it was started anew, its processes having gone during the migration.
        package var isMemoryLost = false
        /// Whether anything was done to either node; a migration that fails its checks ends without.
        package var isPastChecks = true
    }
}

/// The table of the source: a row an event, saying which states take it and what they become.
///
/// No switch has a `default`: a new event or a new state must say here what it does.
extension SourceState {
    /// What follows.
    ///
    /// - Parameters:
    ///   - event: any but the start of a step.
    ///   - plan: of the migration.
    ///   - step: that is in flight; `nil` between steps.
    /// - Returns: the state after `event`; `nil` where it cannot follow.
    fileprivate func next(on event: SourceEvent, of plan: MigrationPlan, during step: SourceStep?) -> SourceState? {
        let isCopy = plan.kind.isCopy
        return switch event {
        case .planned, .stepStarted: nil
        case .checksPassed: self.from(.planned, to: .checked)
        case .destinationAccepted: self.from(.checked, to: .accepted)
        case .fenceRaised: isCopy ? nil : self.from(.accepted, to: .fenced)
        case .treeSynced(let pass): self.from(isCopy ? .accepted : .fenced, to: .synced(pass))
        case .memorySent(let round):
            plan.kind.isIterative ? self.from(.synced, .iterated, to: .iterated(rounds: self.rounds + [round])) : nil
        case .containerFrozen: isCopy ? nil : self.from(.synced, .iterated, to: .frozen)
        case .containerDumped(let dump): self.from(.frozen, to: .dumped(dump))
        case .destinationPrepared: self.from(isCopy ? .synced : .dumped, to: .restored)
        case .commitDecided: self.from(.restored, to: .committed)
        case .destinationConfirmed(let handOver):
            self.from(.committed, to: plan.kind.isLazy && !handOver.isMemoryLost ? .serving : .confirmed)
        case .postCopyFinished, .postCopyAbandoned: self == .serving ? .served : nil
        case .sourceReleased: !isCopy && self == .confirmed || self == .served ? .completed : nil
        case .copyRegistered: isCopy && self == .confirmed ? .copied : nil
        case .commitRevoked(let cause):
            self == .committed || self == .serving ? .rollingBack(RollBack(cause, freezeBegan: !isCopy)) : nil
        case .sourceRolledBack(let isMemoryLost): self.afterRollBack(isMemoryLost)
        case .abortAcknowledged: self.rolledBack.flatMap { self.from(.abortOwed, to: .rolledBack($0)) }
        case .assumed(let decision): self.assuming(decision, of: plan)
        case .contradicted: self.afterContradiction
        case .stepFailed(_, let cause), .interrupted(let cause): self.afterFailure(cause, during: step, of: plan)
        }
    }

    private func from(_ origins: SourcePhase..., to next: SourceState) -> SourceState? {
        origins.contains(self.phase) ? next : nil
    }

    private func afterRollBack(_ isMemoryLost: Bool) -> SourceState? {
        guard case .rollingBack(let rollBack) = self else { return nil }
        return .abortOwed(RolledBack(cause: rollBack.cause, isMemoryLost: isMemoryLost))
    }

    /// In doubt the operator may choose either end; an abort that is owed to a destination that is gone for good is
    /// owed no more.
    fileprivate func assuming(_ decision: OperatorDecision, of plan: MigrationPlan) -> SourceState? {
        let cause = StepFailure(.inDoubt, "an operator decided: \(decision.reason)")
        return switch (self, decision.outcome) {
        case (.committed, .committed): .confirmed
        case (.serving, .committed), (.served, .committed): .served
        case (.committed, .aborted), (.serving, .aborted): .rollingBack(RollBack(cause, freezeBegan: !plan.kind.isCopy))
        case (.abortOwed(let end), .aborted): .rolledBack(end)
        case (.planned, _), (.checked, _), (.accepted, _), (.fenced, _), (.synced, _), (.iterated, _), (.frozen, _),
            (.dumped, _), (.restored, _), (.confirmed, _), (.served, .aborted), (.completed, _), (.copied, _),
            (.rollingBack, _), (.abortOwed, .committed), (.rolledBack, _), (.contradicted, _):
            nil
        }
    }

    private var afterContradiction: SourceState? {
        switch self {
        case .abortOwed(let end): .contradicted(end)
        case .completed, .copied, .rolledBack, .contradicted: self
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .committed,
            .confirmed, .serving, .served, .rollingBack:
            nil
        }
    }

    private func afterFailure(
        _ cause: StepFailure, during step: SourceStep?, of plan: MigrationPlan
    ) -> SourceState? {
        switch self {
        // Nothing was changed anywhere before the destination was asked to accept.
        case .planned: .rolledBack(RolledBack(cause: cause, isPastChecks: false))
        case .checked, .accepted, .fenced, .synced, .iterated:
            .rollingBack(RollBack(cause, freezeBegan: step == .freezeContainer))
        case .frozen, .dumped, .restored: .rollingBack(RollBack(cause, freezeBegan: !plan.kind.isCopy))
        // What must be done is tried again for as long as it takes; a failure changes nothing.
        case .committed, .confirmed, .serving, .served, .rollingBack, .abortOwed: self
        case .completed, .copied, .rolledBack, .contradicted: nil
        }
    }
}

extension SourceMigration {
    /// Where the state stands, by name.
    package var phase: SourcePhase { self.state.phase }

    /// Why the container is, or was, given back; `nil` while it is not.
    package var failure: StepFailure? {
        if case .rollingBack(let rollBack) = self.state { return rollBack.cause }
        return self.state.rolledBack?.cause
    }

    /// Whether all that is left to do is to clear away what the container leaves here.
    package var isReleasing: Bool { self.nextStep == .releaseSource }
}

extension SourceState {
    /// How the container was given back; `nil` while it is not.
    package var rolledBack: RolledBack? {
        switch self {
        case .abortOwed(let end), .rolledBack(let end), .contradicted(let end): end
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .committed,
            .confirmed, .serving, .served, .completed, .copied, .rollingBack:
            nil
        }
    }

    /// The rounds of pre-copy while the container still runs; none before the first, and none after the freeze.
    package var rounds: [MemoryRound] {
        if case .iterated(let rounds) = self { return rounds }
        return []
    }

    /// What the destination has to hold before it prepares; `nil` in a state from which nothing is prepared.
    package var expectedDump: ContainerDump? {
        if case .dumped(let dump) = self { return dump }
        guard case .synced(let pass) = self else { return nil }
        return ContainerDump(ContentDigests(treeDigest: pass.digest))
    }
}
