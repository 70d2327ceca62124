/// A migration as its source sees it: the fold of the events in the source's journal.
package struct SourceMigration: MigrationMachine {
    package let plan: MigrationPlan
    package private(set) var state: SourceState
    package private(set) var stepInFlight: SourceStep?
    /// Whether the freeze, or the stop, was begun; what came of it may be unknown.
    package private(set) var freezeBegan = false
    /// Whether anything was done to either node; a migration that fails its checks ends without.
    package private(set) var isPastChecks = false
    /// What its checks had found and passed over.
    package private(set) var waived: [CheckFinding] = []
    /// The first failure: the one that rolled the migration back, or the first that delayed it past the commit.
    package private(set) var failure: StepFailure?
    /// The latest pass over the private area that ended; `nil` before the first.
    package private(set) var lastPass: SyncedTree?
    /// The rounds over its memory so far.
    package private(set) var rounds: [MemoryRound] = []
    /// What the destination has to hold; `nil` before the dump.
    package private(set) var dump: ContainerDump?
    /// The destination's confirmation; `nil` before it.
    package private(set) var handOver: ConfirmedHandOver?

    /// How the rest of its memory has arrived; `nil` where none followed, or it is not all there.
    package private(set) var followed: PostCopyResult?
    /// Whether the rest of its memory did not follow, so that it was, or is, started anew over there.
    package private(set) var isPostCopyAbandoned = false
    /// Whether the container was started anew here, its processes having gone during the migration.
    package private(set) var isMemoryLost = false
    /// What an operator decided in the destination's place; `nil` if nobody had to.
    package private(set) var decision: OperatorDecision?
    /// The destination's other story; `nil` if there is none.
    package private(set) var contradiction: StepFailure?

    package var migration: UniqueID { self.plan.migration }

    package init(startingWith event: SourceEvent) throws(InvalidTransition) {
        guard case .planned(let plan) = event else { throw InvalidTransition(from: "not begun", on: event) }
        self.plan = plan
        self.state = .planned
    }

    package mutating func apply(_ event: SourceEvent) throws(InvalidTransition) {
        self.state = try self.followed(by: event)
        switch event {
        case .stepStarted(let step):
            self.stepInFlight = step
            self.freezeBegan = self.freezeBegan || step == .freezeContainer
        case .stepFailed(_, let failure), .interrupted(let failure): self.failure = self.failure ?? failure
        case .treeSynced(let pass): self.lastPass = pass
        case .memorySent(let round): self.rounds.append(round)
        case .containerDumped(let dump): self.dump = dump
        case .destinationConfirmed(let handOver): self.handOver = handOver
        case .postCopyFinished(let memory): self.followed = memory
        case .postCopyAbandoned(let failure): (self.isPostCopyAbandoned, self.failure) = (true, self.failure ?? failure)
        case .commitRevoked(let failure): self.failure = failure
        case .sourceRolledBack(let memoryLost): self.isMemoryLost = memoryLost
        case .assumed(let decision):
            self.decision = decision
            self.failure = self.failure ?? StepFailure(.inDoubt, "an operator decided: \(decision.reason)")
        case .contradicted(let story): self.contradiction = story
        case .checksPassed(let findings): (self.isPastChecks, self.waived) = (true, findings)
        case .planned, .destinationAccepted, .fenceRaised, .containerFrozen, .destinationPrepared,
            .commitDecided, .sourceReleased, .copyRegistered, .abortAcknowledged:
            break
        }
        if case .stepStarted = event { return }
        self.stepInFlight = nil
    }

    /// The state after `event`, which must be the start of the next step, or follow the step in flight.
    private func followed(by event: SourceEvent) throws(InvalidTransition) -> SourceState {
        if case .stepStarted(let step) = event, step != self.nextStep || self.stepInFlight != nil {
            throw InvalidTransition(from: self.state, on: event)
        }
        switch event {
        case .postCopyFinished, .postCopyAbandoned, .commitRevoked, .assumed:
            guard self.state != .confirmed || self.owesPages else {
                throw InvalidTransition(from: self.state, on: event)
            }
        case .sourceReleased:
            guard !self.owesPages else { throw InvalidTransition(from: self.state, on: event) }
        default: break
        }
        return try self.state.applying(event)
    }

    package var nextStep: SourceStep? {
        switch self.state {
        case .planned: .checkNodes
        case .checked: .openDestination
        case .accepted: self.plan.kind.isCopy ? .syncTree : .raiseFence
        case .fenced: .syncTree
        case .synced where self.plan.kind.isCopy: .prepareDestination
        case .synced, .iterated: self.isWorthAnotherRound ? .iterateMemory : .freezeContainer
        case .frozen: .dumpContainer
        case .dumped: .prepareDestination
        case .restored: .decideCommit
        case .committed: .deliverCommit
        case .confirmed: self.plan.kind.isCopy ? .registerCopy : self.owesPages ? .servePages : .releaseSource
        case .served: .releaseSource
        case .rollingBack: .rollBack
        case .abortOwed: .deliverAbort
        case .completed, .copied, .rolledBack, .contradicted: nil
        }
    }

    private var isWorthAnotherRound: Bool {
        self.plan.kind.isIterative
            && self.rounds.areWorthAnother(
                maxDowntime: self.plan.maxDowntime, autoConverges: self.plan.autoConverges,
                isPostCopy: self.plan.kind.isLazy)
    }

    /// Whether all that is left to do is to clear away what the container leaves here.
    package var isReleasing: Bool { self.nextStep == .releaseSource }

    /// Whether the container runs at the destination and awaits pages of the frozen original. An operator who takes the
    /// hand-over for committed in the destination's place owes it nothing more.
    package var owesPages: Bool {
        self.state == .confirmed && self.plan.kind.isLazy && self.decision == nil && self.handOver?.isMemoryLost != true
    }

    /// Whether an operator may decide so in the destination's place: in doubt either way, also about memory that does
    /// not arrive, and of an end that the destination has yet to hear of only that it is the one.
    package func takes(_ decision: OperatorDecision) -> Bool {
        switch self.state {
        case .committed: true
        case .confirmed: self.owesPages
        case .served: decision.outcome == .committed
        case .abortOwed: decision.outcome == .aborted
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .completed,
            .copied, .rollingBack, .rolledBack, .contradicted:
            false
        }
    }

    /// What the destination has to hold before it prepares; `nil` while that is not known.
    package var expectedDump: ContainerDump? {
        self.dump
            ?? self.lastPass.map {
                ContainerDump(ContentDigests(treeDigest: $0.digest))
            }
    }

    package static func started(_ step: SourceStep) -> SourceEvent { .stepStarted(step) }
    package static func failed(_ step: SourceStep, _ failure: StepFailure) -> SourceEvent { .stepFailed(step, failure) }
}

/// Where a migration stands at the source.
package enum SourceState: String, CaseIterable, Codable, Sendable {
    case planned
    case checked
    case accepted
    case fenced
    case synced
    /// At least one round of memory is with the destination; the container still runs.
    case iterated
    case frozen
    case dumped
    case restored
    case committed
    case confirmed
    /// Of memory that follows its container nothing is owed any more.
    case served
    case completed
    case copied
    case rollingBack
    case abortOwed
    case rolledBack
    /// It was rolled back here while the destination has let it go: two copies may run. For an operator to sort out.
    case contradicted

    /// Whether nothing is left to do.
    package var isEnded: Bool {
        switch self {
        case .completed, .copied, .rolledBack, .contradicted: true
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .committed,
            .confirmed, .served, .rollingBack, .abortOwed:
            false
        }
    }

    /// Whether it is decided: the container is the destination's for good, or the copy is to be registered there.
    package var isPastCommit: Bool {
        switch self {
        case .committed, .confirmed, .served, .completed, .copied: true
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .rollingBack,
            .abortOwed,
            .rolledBack, .contradicted:
            false
        }
    }
}

extension SourceState {
    /// The table of the source: a row an event, saying which states take it and what they become.
    ///
    /// Neither switch has a `default`: a new event or a new state must say here what it does. (One switch over the pair
    /// of both is more than the compiler can check for completeness.)
    func applying(_ event: SourceEvent) throws(InvalidTransition) -> SourceState {
        switch event {
        case .planned: throw InvalidTransition(from: self, on: event)
        case .stepStarted: self
        case .checksPassed: try self.moving([.planned], to: .checked, on: event)
        case .destinationAccepted: try self.moving([.checked], to: .accepted, on: event)
        case .fenceRaised: try self.moving([.accepted], to: .fenced, on: event)
        case .treeSynced: try self.moving([.accepted, .fenced], to: .synced, on: event)
        case .memorySent: try self.moving([.synced, .iterated], to: .iterated, on: event)
        case .containerFrozen: try self.moving([.synced, .iterated], to: .frozen, on: event)
        case .containerDumped: try self.moving([.frozen], to: .dumped, on: event)
        case .destinationPrepared: try self.moving([.synced, .dumped], to: .restored, on: event)
        case .commitDecided: try self.moving([.restored], to: .committed, on: event)
        case .destinationConfirmed: try self.moving([.committed], to: .confirmed, on: event)
        case .postCopyFinished, .postCopyAbandoned: try self.moving([.confirmed], to: .served, on: event)
        case .sourceReleased: try self.moving([.confirmed, .served], to: .completed, on: event)
        case .copyRegistered: try self.moving([.confirmed], to: .copied, on: event)
        case .commitRevoked: try self.moving([.committed, .confirmed], to: .rollingBack, on: event)
        case .sourceRolledBack: try self.moving([.rollingBack], to: .abortOwed, on: event)
        case .abortAcknowledged: try self.moving([.abortOwed], to: .rolledBack, on: event)
        case .assumed(let decision): try self.assuming(decision, on: event)
        case .contradicted: try self.afterContradiction(on: event)
        case .stepFailed, .interrupted: try self.afterFailure(on: event)
        }
    }

    private func moving(
        _ origins: [SourceState], to next: SourceState, on event: SourceEvent
    ) throws(InvalidTransition) -> SourceState {
        guard origins.contains(self) else { throw InvalidTransition(from: self, on: event) }
        return next
    }

    /// In doubt it is either end; what is only owed to a destination that is gone for good is owed no more.
    private func assuming(
        _ decision: OperatorDecision, on event: SourceEvent
    ) throws(InvalidTransition) -> SourceState {
        switch (self, decision.outcome) {
        case (.committed, .committed): .confirmed
        case (.confirmed, .committed), (.served, .committed): .served
        case (.committed, .aborted), (.confirmed, .aborted): .rollingBack
        case (.abortOwed, .aborted): .rolledBack
        case (_, .committed), (_, .aborted): throw InvalidTransition(from: self, on: event)
        }
    }

    private func afterContradiction(on event: SourceEvent) throws(InvalidTransition) -> SourceState {
        switch self {
        case .abortOwed: .contradicted
        case .completed, .copied, .rolledBack, .contradicted: self
        case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .committed,
            .confirmed, .served, .rollingBack:
            throw InvalidTransition(from: self, on: event)
        }
    }

    private func afterFailure(on event: SourceEvent) throws(InvalidTransition) -> SourceState {
        switch self {
        // Nothing was changed anywhere before the destination was asked to accept.
        case .planned: .rolledBack
        case .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored: .rollingBack
        // What must be done is tried again for as long as it takes; a failure changes nothing.
        case .committed, .confirmed, .served, .rollingBack, .abortOwed: self
        case .completed, .copied, .rolledBack, .contradicted: throw InvalidTransition(from: self, on: event)
        }
    }
}
