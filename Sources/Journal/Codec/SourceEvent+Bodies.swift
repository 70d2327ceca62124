package import HandOver

extension SourceEvent: JournaledEvent {
    package func body() throws -> EventBody {
        switch self {
        case .planned(let plan): try EventBody("migration.planned", PlanRow(plan), private: plan.places)
        case .stepStarted(let step): EventBody("\(step.rawValue).intent")
        case .stepFailed(let step, let failure): try FailureRow.row("\(step.rawValue).failed", failure)
        case .interrupted(let failure): try FailureRow.row("interrupted", failure)
        case .checksPassed(let waived): try ChecksRow.row(waived)
        case .destinationAccepted: EventBody("destination.accepted")
        case .fenceRaised: EventBody("fence.set")
        case .treeSynced(let pass): try EventBody("tree.synced", pass)
        case .memorySent(let round): try EventBody("memory.sent", round)
        case .containerFrozen: EventBody("frozen")
        case .containerDumped(let dump): try EventBody("dumped", dump)
        case .destinationPrepared: EventBody("destination.prepared")
        case .commitDecided: EventBody("commit.decided")
        case .destinationConfirmed(let handOver): try EventBody("destination.confirmed", handOver)
        case .postCopyFinished(let memory): try EventBody("pages.served", memory)
        case .postCopyAbandoned(let failure): try FailureRow.row("memory.forsaken", failure)
        case .commitRevoked(let failure): try FailureRow.row("commit.revoked", failure)
        case .sourceReleased: EventBody("completed")
        case .copyRegistered: EventBody("copied")
        case .sourceRolledBack(let memoryLost):
            try EventBody("source.restored", RestoredRow(memoryLost: memoryLost ? true : nil))
        case .abortAcknowledged: EventBody("abort.acknowledged")
        case .assumed(let decision): try EventBody("outcome.assumed", DecisionRow(decision))
        case .contradicted(let story): try FailureRow.row("outcome.contradicted", story)
        }
    }

    package init(body row: EventBody) throws {
        self =
            switch row.kind {
            case "migration.planned": .planned(try row.decodePayload(as: PlanRow.self).plan(row.decodePrivatePayload()))
            case "interrupted": .interrupted(try FailureRow.failure(row))
            case "checks.passed": .checksPassed(waived: try ChecksRow.findings(row))
            case "destination.accepted": .destinationAccepted
            case "fence.set": .fenceRaised
            case "tree.synced": .treeSynced(try row.decodePayload())
            case "memory.sent": .memorySent(try row.decodePayload())
            case "frozen": .containerFrozen
            case "dumped": .containerDumped(try row.decodePayload())
            case "destination.prepared": .destinationPrepared
            case "commit.decided": .commitDecided
            case "destination.confirmed": .destinationConfirmed(try row.decodePayload())
            case "pages.served": .postCopyFinished(try row.decodePayload())
            case "memory.forsaken": .postCopyAbandoned(try FailureRow.failure(row))
            case "commit.revoked": .commitRevoked(try FailureRow.failure(row))
            case "completed": .sourceReleased
            case "copied": .copyRegistered
            case "source.restored":
                .sourceRolledBack(memoryLost: try row.decodePayload(as: RestoredRow.self).memoryLost ?? false)
            case "abort.acknowledged": .abortAcknowledged
            case "outcome.assumed": .assumed(try row.decodePayload(as: DecisionRow.self).decision)
            case "outcome.contradicted": .contradicted(try FailureRow.failure(row))
            default: try Self.event(ofStepRow: row)
            }
    }

    private static func event(ofStepRow row: EventBody) throws -> SourceEvent {
        let (name, suffix) = row.kindParts
        guard let step = SourceStep(rawValue: name) else { throw UnknownEventKind(kind: row.kind) }
        switch suffix {
        case "intent": return .stepStarted(step)
        case "failed": return .stepFailed(step, try FailureRow.failure(row))
        default: throw UnknownEventKind(kind: row.kind)
        }
    }
}

extension EventBody {
    /// The kind of a step's row: the step's name, and `intent` or `failed`.
    var kindParts: (name: String, suffix: String) {
        let parts = self.kind.split(separator: ".").map(String.init)
        return (parts.first ?? "", parts.count == 2 ? parts[1] : "")
    }
}

private struct RestoredRow: Codable {
    /// Absent means false.
    let memoryLost: Bool?
}

/// What was passed over: the words in public, what was found in private.
private struct ChecksRow: Codable {
    /// Absent means none.
    let passedOver: [String]?

    static func row(_ findings: [CheckFinding]) throws -> EventBody {
        let words = Set(findings.compactMap(\.keyword?.rawValue)).sorted()
        guard !words.isEmpty else { return EventBody("checks.passed") }
        return try EventBody("checks.passed", Self(passedOver: words), private: FindingsRow(findings: findings))
    }

    static func findings(_ row: EventBody) throws -> [CheckFinding] {
        guard try row.decodePayload(as: Self.self).passedOver != nil else { return [] }
        return try row.decodePrivatePayload(as: FindingsRow.self).findings
    }

    private struct FindingsRow: Codable {
        let findings: [CheckFinding]
    }
}

/// The public part of a plan, as it stands in the journal.
private struct PlanRow: Codable {
    let migration: UniqueID
    let container: ContainerID
    let destinationContainer: ContainerID
    let identity: String
    let epoch: UInt64
    let kind: MigrationKind
    let askedType: OnlineType?
    let removesArea: Bool
    let keepsDestination: Bool
    let wasDisabled: Bool
    /// Absent in rows of version 0.1 means the default.
    let maxDowntime: UInt64?
    /// Absent means false.
    let autoConverges: Bool?
    /// The words of `--nodeps`, sorted. Absent means none.
    let nodeps: [String]?
    /// Absent means false.
    let sharesStorage: Bool?

    init(_ plan: MigrationPlan) {
        self.migration = plan.migration
        self.container = plan.container
        self.destinationContainer = plan.destinationContainer
        self.identity = plan.identity
        self.epoch = plan.epoch
        self.kind = plan.kind
        self.askedType = plan.askedType
        self.removesArea = plan.removesArea
        self.keepsDestination = plan.keepsDestination
        self.wasDisabled = plan.wasDisabled
        self.maxDowntime =
            plan.maxDowntime == MigrationPlan.defaultMaxDowntime ? nil : plan.maxDowntime.wholeNanoseconds
        self.autoConverges = plan.autoConverges ? true : nil
        self.nodeps = plan.waivedChecks.isEmpty ? nil : plan.waivedChecks.map(\.rawValue).sorted()
        self.sharesStorage = plan.sharesStorage ? true : nil
    }

    func plan(_ places: MigrationPlan.Places) -> MigrationPlan {
        MigrationPlan(
            migration: self.migration, container: self.container, destinationContainer: self.destinationContainer,
            identity: self.identity, epoch: self.epoch, kind: self.kind, askedType: self.askedType,
            removesArea: self.removesArea, keepsDestination: self.keepsDestination, wasDisabled: self.wasDisabled,
            maxDowntime: self.maxDowntime.map { .nanoseconds($0) } ?? MigrationPlan.defaultMaxDowntime,
            autoConverges: self.autoConverges ?? false,
            waivedChecks: Set((self.nodeps ?? []).compactMap(CheckKeyword.init(rawValue:))),
            sharesStorage: self.sharesStorage ?? false, places: places)
    }
}
