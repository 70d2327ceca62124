import ContainerIdentity
import MigrationModel
import TestSupport
import Testing

@Suite("The destination's machine is this table, and nothing else")
struct DestinationTransitionTests {
    static let plan = DestinationPlan(
        migration: .random(), container: MigrationPlan.example().container, identity: MigrationPlan.example().identity,
        epoch: 1, kind: .online(.simple), keepsArea: false,
        places: .init(privateArea: "/vz/private/101", incomingArea: "/vz/private/101.incoming", configuration: ""))

    /// A row a state, a letter an event, `-` what cannot follow.
    static let table = """
        accepted  p---O-F
        prepared  -c--O--
        committed --r---F
        resumed   ---e---
        completed -------
        aborting  -----AF
        aborted   -------
        """

    static let columns: [(letter: Character, event: DestinationEvent)] = [
        ("p", .prepared(.example)), ("c", .committed), ("r", .resumed(isRunning: true)), ("e", .completed),
        ("O", .abortOrdered(.example)), ("A", .aborted(kept: false)),
        ("F", .stepFailed(.prepareContainer, .example)),
    ]

    static func path(to state: DestinationState) -> [DestinationEvent] {
        switch state {
        case .accepted: []
        case .prepared: [.prepared(.example)]
        case .committed: [.prepared(.example), .committed]
        case .resumed: [.prepared(.example), .committed, .resumed(isRunning: true)]
        case .completed: [.prepared(.example), .committed, .resumed(isRunning: true), .completed]
        case .aborting: [.abortOrdered(.example)]
        case .aborted: [.abortOrdered(.example), .aborted(kept: false)]
        }
    }

    @Test("Every state takes exactly the events of its row")
    func wholeTable() throws {
        let rows = try DestinationState.allCases.map { state in
            let migration = try DestinationMigration(replaying: [.accepted(Self.plan)] + Self.path(to: state))
            let letters = Self.columns.map { column -> Character in
                var next = migration
                return (try? next.apply(column.event)) == nil ? "-" : column.letter
            }
            return state.rawValue.padding(to: 10) + String(letters)
        }
        #expect(rows.joined(separator: "\n") == Self.table)
    }

    @Test("In doubt it takes no step by itself: it neither starts nor deletes")
    func inDoubt() throws {
        var migration = try DestinationMigration(replaying: [.accepted(Self.plan), .prepared(.example)])
        #expect(migration.nextStep == nil)
        for step in DestinationStep.allCases {
            #expect(throws: InvalidTransition.self) { try migration.apply(.stepStarted(step)) }
        }
    }

    @Test("Nothing is let go before the source's word", arguments: DestinationState.allCases)
    func nothingRunsBeforeCommit(state: DestinationState) throws {
        let migration = try DestinationMigration(replaying: [.accepted(Self.plan)] + Self.path(to: state))
        #expect((migration.nextStep == .activateContainer) == (state == .committed))
    }
}
