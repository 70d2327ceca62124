import HandOver
import Testing
import TestSupport

@Suite("The destination's machine is this table, and nothing else")
struct DestinationTransitionTests {
    static let plan = DestinationPlan(
        migration: .random(), container: MigrationPlan.example().container, identity: MigrationPlan.example().identity,
        epoch: 1, kind: .online(.simple), keepsArea: false,
        places: .init(privateArea: "/vz/private/101", incomingArea: "/vz/private/101.incoming", configuration: ""))

    /// A row a state, a letter an event, `-` what cannot follow.
    static let table = """
        accepted   p-----O-F-----
        prepared   -c----O--KD---
        committed  --rb--O-F--X--
        handedBack ------O--KDX--
        resumed    ----e------X--
        completed  -----------X--
        discarding -------AF-----
        discarded  ----e-O----X--
        aborting   -------AF-----
        aborted    -----------X--
        """

    static let columns: [(letter: Character, event: DestinationEvent)] = [
        ("p", .prepared(.example)), ("c", .committed), ("r", .resumed(isRunning: true, memoryLost: false)),
        ("b", .handedBack(.example)), ("e", .completed), ("P", .accepted(plan)), ("O", .abortOrdered(.example)),
        ("A", .aborted(kept: false)), ("F", .stepFailed(.prepareContainer, .example)),
        ("K", .assumed(OperatorDecision(.committed, because: "it burnt down"))),
        ("D", .assumed(OperatorDecision(.aborted, because: "it burnt down"))), ("X", .contradicted(.example)),
        ("s", .pagesArrived(.example)), ("l", .pagesLost(.example, isForGood: false)),
    ]

    static func path(to state: DestinationState) -> [DestinationEvent] {
        let committed: [DestinationEvent] = [.prepared(.example), .committed]
        let discarding: [DestinationEvent] = [.prepared(.example), .assumed(.example)]
        return switch state {
        case .accepted: []
        case .prepared: [.prepared(.example)]
        case .committed: committed
        case .handedBack: committed + [.handedBack(.example)]
        case .resumed: committed + [.resumed(isRunning: true, memoryLost: false)]
        case .completed: committed + [.resumed(isRunning: true, memoryLost: false), .completed]
        case .discarding: discarding
        case .discarded: discarding + [.aborted(kept: false)]
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
            return state.rawValue.padding(to: 11) + String(letters)
        }
        #expect(rows.joined(separator: "\n") == Self.table)
    }

    @Test("One that awaits pages is not complete before they are here, and may be taken back or lose them until then")
    func awaitsPages() throws {
        let plan = DestinationPlan(
            migration: .random(), container: Self.plan.container, identity: Self.plan.identity, epoch: 1,
            kind: .online(.lazy), keepsArea: false, places: Self.plan.places)
        let resumed = try DestinationMigration(replaying: [.accepted(plan)] + Self.path(to: .resumed))
        #expect(resumed.awaitsPages && !resumed.mayEndAlone && !resumed.takesDecision)
        var next = resumed
        #expect(throws: InvalidTransition.self) { try next.apply(.completed) }
        try next.apply(.pagesArrived(.example))
        #expect(!next.awaitsPages && next.mayEndAlone && !next.mayBeTakenBack)
        next = resumed
        try next.apply(.abortOrdered(.example))
        #expect(next.nextStep == .discardContainer)
        next = resumed
        try next.apply(.pagesLost(.example, isForGood: false))
        #expect(next.nextStep == nil && next.takesDecision && next.mayBeTakenBack && next.state == .committed)
        try next.apply(.pagesLost(.example, isForGood: true))
        #expect(next.nextStep == .activateContainer)
        try next.apply(.stepStarted(.activateContainer))
        try next.apply(.resumed(isRunning: true, memoryLost: true))
        #expect(!next.awaitsPages && next.mayEndAlone)
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

    @Test("One that its source has contradicted waits for an operator, and goes on at either word")
    func contradicted() throws {
        var migration = try DestinationMigration(replaying: [.accepted(Self.plan)] + Self.path(to: .committed))
        #expect(!migration.takesDecision)
        try migration.apply(.stepStarted(.activateContainer))
        try migration.apply(.contradicted(.example))
        #expect(migration.takesDecision && migration.nextStep == nil)
        for outcome in OperatorDecision.Outcome.allCases {
            var next = migration
            try next.apply(.assumed(OperatorDecision(outcome, because: "its source said so")))
            #expect(!next.takesDecision)
            #expect(next.nextStep == (outcome == .committed ? .activateContainer : .discardContainer))
            if outcome == .committed { try next.apply(.resumed(isRunning: true, memoryLost: true)) }
            if outcome == .aborted { try next.apply(.aborted(kept: false)) }
            #expect(next.mayEndAlone)
        }
    }

    @Test("What an operator decided stays open until the source has said the same or the opposite")
    func openUntilHeard() throws {
        let assumed = DestinationEvent.assumed(OperatorDecision(.committed, because: "it burnt down"))
        var migration = try DestinationMigration(
            replaying: [
                .accepted(Self.plan), .prepared(.example), assumed, .resumed(isRunning: true, memoryLost: false),
            ])
        #expect(!migration.mayEndAlone)
        try migration.apply(.contradicted(.example))
        #expect(migration.mayEndAlone)
    }

    @Test("Whether an instruction may have run is known from the log: only a first activation may hand back")
    func mayHaveRun() throws {
        var migration = try DestinationMigration(replaying: [.accepted(Self.plan)] + Self.path(to: .committed))
        #expect(!migration.mayHaveRun)
        try migration.apply(.stepStarted(.activateContainer))
        #expect(!migration.mayHaveRun)
        try migration.apply(.stepFailed(.activateContainer, .example))
        #expect(migration.mayHaveRun)
    }
}
