internal import FoundationEssentials
package import HandOver

/// A typed event that knows its row: the codec between the model and the journal.
package protocol JournaledEvent: Sendable {
    /// The row of this event.
    func body() throws -> EventBody

    /// The event of a row; throws if this program does not know the kind, or the payload is not what the kind says.
    init(body row: EventBody) throws
}

/// What the codec knows of a row: its kind and its two bodies, as JSON.
package struct EventBody: Hashable, Sendable {
    package let kind: String
    package let payload: [UInt8]
    /// What may be redacted: addresses, paths, words of the servers. `nil` where there is nothing of the sort.
    package let privatePayload: [UInt8]?

    package init(kind: String, payload: [UInt8], privatePayload: [UInt8]?) {
        self.kind = kind
        self.payload = payload
        self.privatePayload = privatePayload
    }

    /// A row without content beyond its kind.
    init(_ kind: String) {
        self.init(kind: kind, payload: Array("{}".utf8), privatePayload: nil)
    }

    init(_ kind: String, _ payload: some Encodable, private privatePayload: (any Encodable)? = nil) throws {
        self.init(
            kind: kind, payload: try Self.json(payload), privatePayload: try privatePayload.map { try Self.json($0) })
    }

    func decodePayload<Payload: Decodable>(as type: Payload.Type = Payload.self) throws -> Payload {
        try JSONDecoder().decode(type, from: Data(self.payload))
    }

    /// The private part; throws `RedactedPayload` if it was taken out of the journal.
    func decodePrivatePayload<Payload: Decodable>(as type: Payload.Type = Payload.self) throws -> Payload {
        guard let body = self.privatePayload else { throw RedactedPayload(kind: self.kind) }
        return try JSONDecoder().decode(type, from: Data(body))
    }

    private static func json(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}

/// A kind that this program does not know: the journal is newer, or no journal of ours.
struct UnknownEventKind: Error, CustomStringConvertible {
    let kind: String
    var description: String { "this vzmigrate does not know the event kind '\(self.kind)'" }
}

/// A row whose private part was redacted: it can be shown, and no longer be acted upon.
struct RedactedPayload: Error, CustomStringConvertible {
    let kind: String
    var description: String { "the private part of '\(self.kind)' was redacted" }
}

/// The row of an operator's decision: nothing of it is private, it is answered for.
struct DecisionRow: Codable {
    let outcome: OperatorDecision.Outcome
    let reason: String

    init(_ decision: OperatorDecision) {
        self.outcome = decision.outcome
        self.reason = decision.reason
    }

    var decision: OperatorDecision { OperatorDecision(self.outcome, because: self.reason) }
}

/// The rows of a failure: its status stays, its words may be redacted.
struct FailureRow: Codable {
    struct Words: Codable {
        let message: String
    }

    let status: ExitStatus

    static func row(_ kind: String, _ failure: StepFailure) throws -> EventBody {
        try EventBody(kind, FailureRow(status: failure.status), private: Words(message: failure.message))
    }

    static func failure(_ row: EventBody) throws -> StepFailure {
        let words = row.privatePayload == nil ? "(redacted)" : try row.decodePrivatePayload(as: Words.self).message
        return StepFailure(try row.decodePayload(as: FailureRow.self).status, words)
    }
}

/// A state machine whose events the journal can keep.
package protocol JournaledMachine: MigrationMachine where Event: JournaledEvent {
    static var role: NodeRole { get }

    var epoch: UInt64 { get }
    var journaledContainer: ContainerID { get }
    /// `UUID=` of the container.
    var identity: String { get }
    /// As it stands in the journal and in lists.
    var stateName: String { get }
    /// Whether this node owes nothing any more.
    var isEnded: Bool { get }
}

extension SourceMigration: JournaledMachine {
    package static var role: NodeRole { .source }
    package var epoch: UInt64 { self.plan.epoch }
    package var journaledContainer: ContainerID { self.plan.container }
    package var identity: String { self.plan.identity }
    package var stateName: String { self.phase.rawValue }
    package var isEnded: Bool { self.phase.isEnded }
}

extension DestinationMigration: JournaledMachine {
    package static var role: NodeRole { .destination }
    package var epoch: UInt64 { self.plan.epoch }
    package var journaledContainer: ContainerID { self.plan.container }
    package var identity: String { self.plan.identity }
    package var stateName: String { self.phase.rawValue }
    package var isEnded: Bool { self.phase.isEnded }
}

extension JournalStore {
    /// Replays one migration of that role.
    ///
    /// - Returns: `nil` if this journal has no migration of that id and role.
    /// - Throws: `JournalError`, also where the rows make no migration.
    package func replay<Machine: JournaledMachine>(
        _ migration: UniqueID, as type: Machine.Type = Machine.self
    ) throws(JournalError) -> Machine? {
        let facts = try self.reader.provenEntries(ofMigration: migration).filter { $0.record.recordClass == .fact }
        guard let first = facts.first, first.record.role == Machine.role else { return nil }
        do {
            return try Machine(replaying: facts.map { try Machine.Event(body: EventBody($0.record)) })
        } catch {
            throw JournalError.notUnderstood(path: self.reader.path, migration: migration, reason: "\(error)")
        }
    }

    /// The migrations of a role in which this node still owes something, oldest first.
    package func openMigrations<Machine: JournaledMachine>(
        as type: Machine.Type = Machine.self
    ) throws(JournalError) -> [Machine] {
        var machines: [Machine] = []
        for summary in try self.reader.openMigrations() where summary.role == Machine.role {
            if let machine: Machine = try self.replay(summary.migration) { machines.append(machine) }
        }
        return machines
    }
}

extension EventBody {
    /// The bodies of a row as it was read.
    init(_ record: NewRecord) {
        self.init(kind: record.kind, payload: record.payload, privatePayload: record.privatePayload)
    }
}
