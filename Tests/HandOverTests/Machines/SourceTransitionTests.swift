import HandOver
import Testing
import TestSupport

@Suite("The source's machine is this table, and nothing else")
struct SourceTransitionTests {
    /// A row a state, a letter an event, `-` what cannot follow.
    static let table = """
        planned      c-------------FI-------
        checked      -a------------FI-------
        accepted     --ft----------FI-------
        fenced       ---t----------FI-------
        synced       ----z-p-------FI----m--
        iterated     ----z---------FI----m--
        frozen       -----d--------FI-------
        dumped       ------p-------FI-------
        restored     -------C------FI-------
        committed    --------h-----FIVKD----
        confirmed    ---------er---FI-------
        served       ---------e----FI-K-----
        completed    -------------------X---
        copied       -------------------X---
        rollingBack  -----------R--FI-------
        abortOwed    ------------A-FI--DX---
        rolledBack   -------------------X---
        contradicted -------------------X---
        """

    static let columns: [(letter: Character, event: SourceEvent)] = [
        ("c", .checksPassed(waived: [])), ("a", .destinationAccepted), ("f", .fenceRaised),
        ("t", .treeSynced(.example)),
        ("z", .containerFrozen), ("d", .containerDumped(.example)), ("p", .destinationPrepared), ("C", .commitDecided),
        ("h", .destinationConfirmed(.example)), ("e", .sourceReleased), ("r", .copyRegistered),
        ("R", .sourceRolledBack(memoryLost: false)), ("A", .abortAcknowledged),
        ("P", .planned(.example())), ("F", .stepFailed(.checkNodes, .example)), ("I", .interrupted(.example)),
        ("V", .commitRevoked(.example)), ("K", .assumed(OperatorDecision(.committed, because: "it burnt down"))),
        ("D", .assumed(.example)), ("X", .contradicted(.example)), ("m", .memorySent(.example)),
        ("s", .postCopyFinished(.example)), ("l", .postCopyAbandoned(.example)),
    ]

    @Test("Every state takes exactly the events of its row")
    func wholeTable() throws {
        let rows = try SourceState.allCases.map { state in
            let migration = try SourceMigration.example(in: state)
            let letters = Self.columns.map { column -> Character in
                var next = migration
                return (try? next.apply(column.event)) == nil ? "-" : column.letter
            }
            return state.rawValue.padding(to: 13) + String(letters)
        }
        #expect(rows.joined(separator: "\n") == Self.table)
    }

    @Test("One whose memory follows is not released before all of it is there, or gone, or an operator has decided")
    func owesPages() throws {
        var migration = try SourceMigration(startingWith: .planned(.example(kind: .online(.lazy))))
        while migration.state != .confirmed, let step = migration.nextStep { try migration.apply(.success(of: step)) }
        #expect(migration.nextStep == .servePages && !migration.isReleasing)
        #expect(throws: InvalidTransition.self) { try migration.apply(.sourceReleased) }
        for (event, state) in [
            (SourceEvent.postCopyFinished(.example), SourceState.served), (.postCopyAbandoned(.example), .served),
            (.assumed(OperatorDecision(.committed, because: "it burnt down")), .served),
            (.assumed(.example), .rollingBack), (.stepFailed(.servePages, .example), .confirmed),
        ] {
            var next = migration
            try next.apply(event)
            #expect(next.state == state, "\(event)")
        }
    }

    @Test("After commit.decided only the destination's or an operator's word leads back to a source that may run it")
    func noWayBack() throws {
        for state in SourceState.allCases where state.isPastCommit {
            for column in Self.columns where !["V", "D"].contains(column.letter) {
                var migration = try SourceMigration.example(in: state)
                guard (try? migration.apply(column.event)) != nil else { continue }
                #expect(migration.state.isPastCommit, "\(state) on \(column.event)")
                #expect(migration.nextStep != .rollBack)
            }
        }
    }

    @Test(
        "Before commit.decided every failure leads to a roll-back, whatever the step", arguments: SourceState.allCases)
    func rollsBack(state: SourceState) throws {
        var migration = try SourceMigration.example(in: state)
        guard !state.isEnded, !state.isPastCommit, state != .rollingBack, state != .abortOwed else { return }
        try migration.apply(.interrupted(.example))
        #expect(migration.state == (state == .planned ? .rolledBack : .rollingBack))
        #expect(migration.failure == .example)
    }

    @Test("A state that has not ended has a next step, and an ended one has none", arguments: SourceState.allCases)
    func nextStep(state: SourceState) throws {
        let migration = try SourceMigration.example(in: state)
        #expect((migration.nextStep == nil) == state.isEnded)
    }

    @Test("Only the next step may start, and only one at a time")
    func stepsInOrder() throws {
        var migration = try SourceMigration.example(in: .iterated)
        #expect(throws: InvalidTransition.self) { try migration.apply(.stepStarted(.deliverCommit)) }
        try migration.apply(.stepStarted(.iterateMemory))
        #expect(migration.stepInFlight == .iterateMemory)
        #expect(throws: InvalidTransition.self) { try migration.apply(.stepStarted(.iterateMemory)) }
    }

    @Test("A copy is never fenced or frozen, and its original never released")
    func copies() throws {
        let plan = MigrationPlan.example(kind: .copied(whileRunning: true))
        var migration = try SourceMigration(startingWith: .planned(plan))
        var steps: [SourceStep] = []
        while let step = migration.nextStep {
            steps.append(step)
            try migration.apply(.success(of: step))
        }
        #expect(
            steps == [
                .checkNodes, .openDestination, .syncTree, .prepareDestination, .decideCommit, .deliverCommit,
                .registerCopy,
            ])
        #expect(migration.state == .copied)
    }
}
