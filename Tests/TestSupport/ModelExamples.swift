package import HandOver

extension StepFailure {
    package static let example = StepFailure(.copyFailed, "it went wrong")
}

extension SyncedTree {
    package static let example = SyncedTree(
        entries: 3, contentBytes: 2, wireBytes: 1, duration: .nanoseconds(4), digest: "cc")
}

extension ContainerDump {
    package static let example = ContainerDump(ContentDigests(treeDigest: "aa", imagesDigest: "bb"))
}

extension ConfirmedHandOver {
    package static let example = ConfirmedHandOver(isRunning: true, downtime: .nanoseconds(5))
}

extension OperatorDecision {
    package static let example = OperatorDecision(.aborted, because: "it burnt down")
}

extension MigrationPlan {
    package static func example(kind: MigrationKind = .online(.simple)) -> MigrationPlan {
        let container = (try? ContainerID(parsing: "101")).unsafelyUnwrapped
        return MigrationPlan(
            migration: .random(), container: container, destinationContainer: container,
            identity: "0c8ee6c5-7f8a-4b0a-9a53-8f2d8a6fb3c1", epoch: 1, kind: kind, askedType: nil, removesArea: false,
            keepsDestination: false, wasDisabled: false,
            places: .init(
                destination: "node2", privateArea: "/vz/private/101", destinationPrivateArea: nil, destinationRoot: nil)
        )
    }
}

extension MemoryRound {
    package static let example = MemoryRound(
        tracking: .content, pages: 16_384, sentPages: 512, wireBytes: 2_000_000, duration: .milliseconds(40),
        held: .zero,
        fileDuration: .milliseconds(3))
}

extension PostCopyResult {
    package static let example = PostCopyResult(placed: 2000, dropped: 3)
}

extension SourceEvent {
    /// What `step` comes to when it succeeds.
    package static func success(of step: SourceStep) -> SourceEvent {
        switch step {
        case .checkNodes: .checksPassed(waived: [])
        case .openDestination: .destinationAccepted
        case .raiseFence: .fenceRaised
        case .syncTree: .treeSynced(.example)
        case .iterateMemory: .memorySent(.example)
        case .freezeContainer: .containerFrozen
        case .dumpContainer: .containerDumped(.example)
        case .prepareDestination: .destinationPrepared
        case .decideCommit: .commitDecided
        case .deliverCommit: .destinationConfirmed(.example)
        case .servePages: .postCopyFinished(.example)
        case .releaseSource: .sourceReleased
        case .registerCopy: .copyRegistered
        case .rollBack: .sourceRolledBack(memoryLost: false)
        case .deliverAbort: .abortAcknowledged
        }
    }
}

extension SourceMigration {
    /// A migration that went straight to a state of that name.
    package static func example(in phase: SourcePhase) throws -> SourceMigration {
        let kind: MigrationKind =
            switch phase {
            case .copied: .copied(whileRunning: false)
            case .served: .online(.lazyIterative)
            case .planned, .checked, .accepted, .fenced, .synced, .iterated, .frozen, .dumped, .restored, .committed,
                .confirmed, .completed, .rollingBack, .abortOwed, .rolledBack, .contradicted:
                .online(.iterative)
            }
        var migration = try SourceMigration(startingWith: .planned(.example(kind: kind)))
        while migration.phase != phase, let step = migration.nextStep {
            let ends: [SourcePhase] = [.rollingBack, .abortOwed, .rolledBack, .contradicted]
            let fails = ends.contains(phase) && migration.phase == .checked
            let differs = phase == .contradicted && step == .deliverAbort
            try migration.apply(
                fails ? .stepFailed(step, .example) : differs ? .contradicted(.example) : .success(of: step))
        }
        guard migration.phase == phase else { throw InvalidTransition(from: migration.phase, on: phase) }
        return migration
    }
}

extension String {
    package func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - self.count)) }
}
