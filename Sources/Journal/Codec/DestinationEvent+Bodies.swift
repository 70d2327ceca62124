package import HandOver

extension DestinationEvent: JournaledEvent {
    package func body() throws -> EventBody {
        switch self {
        case .accepted(let plan): try EventBody("migration.accepted", AcceptedRow(plan), private: plan.places)
        case .stepStarted(let step): EventBody("\(step.rawValue).intent")
        case .stepFailed(let step, let failure): try FailureRow.row("\(step.rawValue).failed", failure)
        case .prepared(let dump): try EventBody("prepared", dump)
        case .committed: EventBody("committed")
        case .resumed(let isRunning, let memoryLost):
            try EventBody("resumed", ResumedRow(isRunning: isRunning, memoryLost: memoryLost ? true : nil))
        case .handedBack(let failure): try FailureRow.row("handed.back", failure)
        case .pagesArrived(let memory): try EventBody("pages.arrived", memory)
        case .pagesLost(let failure, isForGood: false): try FailureRow.row("pages.lost", failure)
        case .pagesLost(let failure, isForGood: true): try FailureRow.row("pages.lost.for.good", failure)
        case .completed: EventBody("completed")
        case .abortOrdered(let failure): try FailureRow.row("abort.ordered", failure)
        case .aborted(let kept): try EventBody("aborted", AbortedRow(kept: kept))
        case .assumed(let decision): try EventBody("outcome.assumed", DecisionRow(decision))
        case .contradicted(let story): try FailureRow.row("outcome.contradicted", story)
        }
    }

    package init(body row: EventBody) throws {
        self =
            switch row.kind {
            case "migration.accepted":
                .accepted(try row.decodePayload(as: AcceptedRow.self).plan(row.decodePrivatePayload()))
            case "prepared": .prepared(try row.decodePayload())
            case "committed": .committed
            case "resumed": try row.decodePayload(as: ResumedRow.self).event
            case "handed.back": .handedBack(try FailureRow.failure(row))
            case "pages.arrived": .pagesArrived(try row.decodePayload())
            case "pages.lost": .pagesLost(try FailureRow.failure(row), isForGood: false)
            case "pages.lost.for.good": .pagesLost(try FailureRow.failure(row), isForGood: true)
            case "completed": .completed
            case "abort.ordered": .abortOrdered(try FailureRow.failure(row))
            case "aborted": .aborted(kept: try row.decodePayload(as: AbortedRow.self).kept)
            case "outcome.assumed": .assumed(try row.decodePayload(as: DecisionRow.self).decision)
            case "outcome.contradicted": .contradicted(try FailureRow.failure(row))
            default: try Self.event(ofStepRow: row)
            }
    }

    private static func event(ofStepRow row: EventBody) throws -> DestinationEvent {
        let (name, suffix) = row.kindParts
        guard let step = DestinationStep(rawValue: name) else { throw UnknownEventKind(kind: row.kind) }
        switch suffix {
        case "intent": return .stepStarted(step)
        case "failed": return .stepFailed(step, try FailureRow.failure(row))
        default: throw UnknownEventKind(kind: row.kind)
        }
    }
}

private struct ResumedRow: Codable {
    let isRunning: Bool
    /// Absent means false.
    let memoryLost: Bool?

    var event: DestinationEvent { .resumed(isRunning: self.isRunning, memoryLost: self.memoryLost ?? false) }
}

private struct AbortedRow: Codable {
    let kept: Bool
}

/// The public part of what the destination accepted.
private struct AcceptedRow: Codable {
    let migration: UniqueID
    let container: ContainerID
    let identity: String
    let epoch: UInt64
    let kind: MigrationKind
    let keepsArea: Bool
    /// Absent means false.
    let sharesStorage: Bool?

    init(_ plan: DestinationPlan) {
        self.migration = plan.migration
        self.container = plan.container
        self.identity = plan.identity
        self.epoch = plan.epoch
        self.kind = plan.kind
        self.keepsArea = plan.keepsArea
        self.sharesStorage = plan.sharesStorage ? true : nil
    }

    func plan(_ places: DestinationPlan.Places) -> DestinationPlan {
        DestinationPlan(
            migration: self.migration, container: self.container, identity: self.identity, epoch: self.epoch,
            kind: self.kind, keepsArea: self.keepsArea, sharesStorage: self.sharesStorage ?? false, places: places)
    }
}
