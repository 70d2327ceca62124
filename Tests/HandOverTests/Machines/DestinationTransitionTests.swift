import HandOver
import Testing
import TestSupport

@Suite("The destination's machine is these tables, and nothing else")
struct DestinationTransitionTests {
    static func plan(_ kind: MigrationKind = .online(.simple)) -> DestinationPlan {
        DestinationPlan(
            migration: .random(), container: MigrationPlan.example().container,
            identity: MigrationPlan.example().identity, epoch: 1, kind: kind, keepsArea: false,
            places: .init(privateArea: "/vz/private/101", incomingArea: "/vz/private/101.incoming", configuration: ""))
    }

    static let plan = Self.plan()

    /// Every state that a migration of some kinds can be in: the letters of the events that it takes, `-` for those
    /// that cannot follow, then what it may do alone (`T` takes an operator's decision, `B` may be taken back, `E` may
    /// end alone), and the step that comes next.
    static let tables: [String] = [
        """
        stopped; restart; restart, not started; online, iterative; online, simple; copy; copy of a running file system:
        accepted                                                          p---------O-F--- ---
        prepared                                                          -c--------O--KD- T--
        aborting                                                          -----------AF--- --- discardContainer
        committed                                                         --rnb-----O-F--X -B- activateContainer
        committed, decided                                                --rnb-----O-F--X -B- activateContainer
        discarding, decided                                               -----------AF--- --- discardContainer
        aborted                                                           ---------------X ---
        resumed                                                           --------e------X --E
        handedBack                                                        ----------O--KDX T--
        committed, may have run                                           --rnb-------F--X --- activateContainer
        committed, held back, contradicted                                --rnb-----O-FKDX TB-
        committed, may have run, held back, contradicted                  --rnb-------FKDX T--
        resumed, decided                                                  --------e------X ---
        handedBack, decided                                               ----------O--KDX T--
        committed, may have run, decided                                  --rnb-------F--X --- activateContainer
        committed, held back, decided, contradicted                       --rnb-----O-FKDX TB-
        committed, may have run, held back, decided, contradicted         --rnb-------FKDX T--
        discarded, decided                                                --------e-O----X ---
        completed                                                         ---------------X ---
        resumed, contradicted                                             --------e------X --E
        handedBack, contradicted                                          ----------O--KDX T--
        committed, decided, contradicted                                  --rnb-----O-F--X -B- activateContainer
        discarding, decided, contradicted                                 -----------AF--- --- discardContainer
        committed, may have run, decided, contradicted                    --rnb-------F--X --- activateContainer
        resumed, decided, contradicted                                    --------e------X --E
        handedBack, decided, contradicted                                 ----------O--KDX T--
        discarded, decided, contradicted                                  --------e-O----X --E
        """,
        """
        online, lazy; online, lazy + iterative:
        accepted                                                          p---------O-F--- ---
        prepared                                                          -c--------O--KD- T--
        aborting                                                          -----------AF--- --- discardContainer
        committed                                                         --rnb-----O-F--X -B- activateContainer
        committed, decided                                                --rnb-----O-F--X -B- activateContainer
        discarding, decided                                               -----------AF--- --- discardContainer
        aborted                                                           ---------------X ---
        awaiting pages                                                    -----slL--O----X -B-
        resumed                                                           --------e------X --E
        handedBack                                                        ----------O--KDX T--
        committed, may have run, pages lost, held back                    --rnb-lL--O-FKDX TB-
        committed, may have run, pages lost                               --rnb-lL--O-F--X -B- activateContainer
        committed, may have run                                           --rnb-------F--X --- activateContainer
        committed, held back, contradicted                                --rnb-----O-FKDX TB-
        committed, may have run, held back, contradicted                  --rnb-------FKDX T--
        awaiting pages, decided                                           -----slL--O----X -B-
        resumed, decided                                                  --------e------X ---
        handedBack, decided                                               ----------O--KDX T--
        committed, may have run, pages lost, held back, decided           --rnb-lL--O-FKDX TB-
        committed, may have run, pages lost, decided                      --rnb-lL--O-F--X -B- activateContainer
        committed, may have run, decided                                  --rnb-------F--X --- activateContainer
        committed, held back, decided, contradicted                       --rnb-----O-FKDX TB-
        committed, may have run, held back, decided, contradicted         --rnb-------FKDX T--
        discarded, decided                                                --------e-O----X ---
        awaiting pages, contradicted                                      -----slL--O----X -B-
        completed                                                         ---------------X ---
        resumed, contradicted                                             --------e------X --E
        handedBack, contradicted                                          ----------O--KDX T--
        committed, may have run, pages lost, held back, contradicted      --rnb-lL--O-FKDX TB-
        committed, decided, contradicted                                  --rnb-----O-F--X -B- activateContainer
        discarding, decided, contradicted                                 -----------AF--- --- discardContainer
        committed, may have run, decided, contradicted                    --rnb-------F--X --- activateContainer
        awaiting pages, decided, contradicted                             -----slL--O----X -B-
        resumed, decided, contradicted                                    --------e------X --E
        handedBack, decided, contradicted                                 ----------O--KDX T--
        committed, may have run, pages lost, held back, decided, contradicted--rnb-lL--O-FKDX TB-
        discarded, decided, contradicted                                  --------e-O----X --E
        committed, may have run, pages lost, contradicted                 --rnb-lL--O-F--X -B- activateContainer
        committed, may have run, pages lost, decided, contradicted        --rnb-lL--O-F--X -B- activateContainer
        """,
    ]

    static let columns: [(letter: Character, event: DestinationEvent)] = [
        ("p", .prepared(.example)), ("c", .committed), ("r", .resumed(isRunning: true, memoryLost: false)),
        ("n", .resumed(isRunning: true, memoryLost: true)), ("b", .handedBack(.example)),
        ("s", .pagesArrived(.example)), ("l", .pagesLost(.example, isForGood: false)),
        ("L", .pagesLost(.example, isForGood: true)), ("e", .completed), ("P", .accepted(plan)),
        ("O", .abortOrdered(.example)), ("A", .aborted(kept: false)), ("F", .stepFailed(.prepareContainer, .example)),
        ("K", .assumed(OperatorDecision(.committed, because: "it burnt down"))),
        ("D", .assumed(OperatorDecision(.aborted, because: "it burnt down"))), ("X", .contradicted(.example)),
    ]

    /// A machine as the tables name it: with all of its data that decides anything.
    private static func label(_ migration: DestinationMigration) -> String {
        var words: [String]
        switch migration.state {
        case .committed(let activation):
            words = ["committed"]
            if activation.mayHaveRun { words.append("may have run") }
            if activation.loss != nil { words.append("pages lost") }
            if activation.awaitsOperator { words.append("held back") }
        case .awaitingPages: words = ["awaiting pages"]
        case .accepted, .prepared, .handedBack, .resumed, .completed, .discarding, .discarded, .aborting, .aborted:
            words = [migration.phase.rawValue]
        }
        guard !migration.phase.isEnded, migration.phase != .aborting else { return words.joined(separator: ", ") }
        if migration.decision != nil { words.append("decided") }
        if migration.contradiction != nil { words.append("contradicted") }
        return words.joined(separator: ", ")
    }

    /// Every machine of a kind that events lead to, one of each label, in the order in which they are found; a step may
    /// be in flight when an event comes.
    private static func reachable(_ kind: MigrationKind) throws -> [DestinationMigration] {
        var found = [try DestinationMigration(startingWith: .accepted(Self.plan(kind)))]
        var rows = [Self.label(found[0]): Self.row(found[0])]
        var index = 0
        while index < found.count {
            for column in Self.columns {
                for inFlight in [false, true] {
                    var next = found[index]
                    if inFlight, let step = next.nextStep { try next.apply(.stepStarted(step)) }
                    guard (try? next.apply(column.event)) != nil else { continue }
                    let label = Self.label(next)
                    if let known = rows[label] {
                        #expect(Self.row(next) == known, "\(kind): what the label leaves out decides something")
                    } else {
                        rows[label] = Self.row(next)
                        found.append(next)
                    }
                }
            }
            index += 1
        }
        return found
    }

    private static func row(_ migration: DestinationMigration) -> String {
        let letters = Self.columns.map { column -> Character in
            var next = migration
            return (try? next.apply(column.event)) == nil ? "-" : column.letter
        }
        let may =
            (migration.takesDecision ? "T" : "-") + (migration.mayBeTakenBack ? "B" : "-")
            + (migration.mayEndAlone ? "E" : "-")
        let step = migration.nextStep.map { " \($0)" } ?? ""
        return Self.label(migration).padding(to: 66) + String(letters) + " " + may + step
    }

    @Test("Every state takes exactly the events of its row, and leads to the step at its end, for every kind")
    func wholeTables() throws {
        var kinds: [String: [String]] = [:]
        var order: [String] = []
        for kind in MigrationKind.allCases {
            let table = try Self.reachable(kind).map(Self.row).joined(separator: "\n")
            if kinds[table] == nil { order.append(table) }
            kinds[table, default: []].append("\(kind)")
        }
        let tables = order.map { "\((kinds[$0] ?? []).joined(separator: "; ")):\n\($0)" }
        #expect(tables == Self.tables, "\(tables.joined(separator: "\n\n"))")
    }

    /// The events that lead straight to a state of that name.
    static func path(to phase: DestinationPhase) -> [DestinationEvent] {
        let committed: [DestinationEvent] = [.prepared(.example), .committed]
        let discarding: [DestinationEvent] = [.prepared(.example), .assumed(.example)]
        return switch phase {
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

    @Test("One that awaits pages is not complete before they are here, and may be taken back or lose them until then")
    func awaitsPages() throws {
        let resumed = try DestinationMigration(
            replaying: [.accepted(Self.plan(.online(.lazy)))] + Self.path(to: .resumed))
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
        #expect(next.nextStep == nil && next.takesDecision && next.mayBeTakenBack && next.phase == .committed)
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

    @Test("Nothing is let go before the source's word", arguments: DestinationPhase.allCases)
    func nothingRunsBeforeCommit(state: DestinationPhase) throws {
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
