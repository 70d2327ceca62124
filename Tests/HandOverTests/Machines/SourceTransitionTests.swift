import HandOver
import Testing
import TestSupport

@Suite("The source's machine is these tables, and nothing else")
struct SourceTransitionTests {
    /// Every state that a migration of some kinds can be in: the letters of the events that it takes, `-` for those
    /// that cannot follow, and the step that comes next. A kill in mid-step is an interruption (`I`).
    static let tables: [String] = [
        """
        stopped; restart; restart, not started; online, simple:
        planned              c-----------------FI---- checkNodes
        checked              -a----------------FI---- openDestination
        rolledBack, unbegun  -----------------------X
        accepted             --f---------------FI---- raiseFence
        rollingBack          ---------------R--FI---- rollBack
        fenced               ---t--------------FI---- syncTree
        abortOwed            ----------------A-FI--DX deliverAbort
        synced               -----z------------FI---- freezeContainer
        rolledBack           -----------------------X
        contradicted         -----------------------X
        frozen               ------d-----------FI---- dumpContainer
        rollingBack, stopped ---------------R--FI---- rollBack
        dumped               -------p----------FI---- prepareDestination
        restored             --------C---------FI---- decideCommit
        committed            ---------hH-------FIVKD- deliverCommit
        confirmed            -------------e----FI---- releaseSource
        completed            -----------------------X
        """,
        """
        online, iterative:
        planned              c-----------------FI---- checkNodes
        checked              -a----------------FI---- openDestination
        rolledBack, unbegun  -----------------------X
        accepted             --f---------------FI---- raiseFence
        rollingBack          ---------------R--FI---- rollBack
        fenced               ---t--------------FI---- syncTree
        abortOwed            ----------------A-FI--DX deliverAbort
        synced               ----mz------------FI---- iterateMemory
        rolledBack           -----------------------X
        contradicted         -----------------------X
        iterated, 1          ----mz------------FI---- iterateMemory
        frozen               ------d-----------FI---- dumpContainer
        iterated, 2          ----mz------------FI---- freezeContainer
        dumped               -------p----------FI---- prepareDestination
        rollingBack, stopped ---------------R--FI---- rollBack
        restored             --------C---------FI---- decideCommit
        committed            ---------hH-------FIVKD- deliverCommit
        confirmed            -------------e----FI---- releaseSource
        completed            -----------------------X
        """,
        """
        online, lazy:
        planned              c-----------------FI---- checkNodes
        checked              -a----------------FI---- openDestination
        rolledBack, unbegun  -----------------------X
        accepted             --f---------------FI---- raiseFence
        rollingBack          ---------------R--FI---- rollBack
        fenced               ---t--------------FI---- syncTree
        abortOwed            ----------------A-FI--DX deliverAbort
        synced               -----z------------FI---- freezeContainer
        rolledBack           -----------------------X
        contradicted         -----------------------X
        frozen               ------d-----------FI---- dumpContainer
        rollingBack, stopped ---------------R--FI---- rollBack
        dumped               -------p----------FI---- prepareDestination
        restored             --------C---------FI---- decideCommit
        committed            ---------hH-------FIVKD- deliverCommit
        serving              -----------sl-----FIVKD- servePages
        confirmed            -------------e----FI---- releaseSource
        served               -------------e----FI-K-- releaseSource
        completed            -----------------------X
        """,
        """
        online, lazy + iterative:
        planned              c-----------------FI---- checkNodes
        checked              -a----------------FI---- openDestination
        rolledBack, unbegun  -----------------------X
        accepted             --f---------------FI---- raiseFence
        rollingBack          ---------------R--FI---- rollBack
        fenced               ---t--------------FI---- syncTree
        abortOwed            ----------------A-FI--DX deliverAbort
        synced               ----mz------------FI---- iterateMemory
        rolledBack           -----------------------X
        contradicted         -----------------------X
        iterated, 1          ----mz------------FI---- iterateMemory
        frozen               ------d-----------FI---- dumpContainer
        iterated, 2          ----mz------------FI---- freezeContainer
        dumped               -------p----------FI---- prepareDestination
        rollingBack, stopped ---------------R--FI---- rollBack
        restored             --------C---------FI---- decideCommit
        committed            ---------hH-------FIVKD- deliverCommit
        serving              -----------sl-----FIVKD- servePages
        confirmed            -------------e----FI---- releaseSource
        served               -------------e----FI-K-- releaseSource
        completed            -----------------------X
        """,
        """
        copy; copy of a running file system:
        planned              c-----------------FI---- checkNodes
        checked              -a----------------FI---- openDestination
        rolledBack, unbegun  -----------------------X
        accepted             ---t--------------FI---- syncTree
        rollingBack          ---------------R--FI---- rollBack
        synced               -------p----------FI---- prepareDestination
        abortOwed            ----------------A-FI--DX deliverAbort
        restored             --------C---------FI---- decideCommit
        rolledBack           -----------------------X
        contradicted         -----------------------X
        committed            ---------hH-------FIVKD- deliverCommit
        confirmed            --------------r---FI---- registerCopy
        copied               -----------------------X
        """,
    ]

    static let columns: [(letter: Character, event: SourceEvent)] = [
        ("c", .checksPassed(waived: [])), ("a", .destinationAccepted), ("f", .fenceRaised),
        ("t", .treeSynced(.example)), ("m", .memorySent(.example)), ("z", .containerFrozen),
        ("d", .containerDumped(.example)), ("p", .destinationPrepared), ("C", .commitDecided),
        ("h", .destinationConfirmed(.example)),
        ("H", .destinationConfirmed(ConfirmedHandOver(isRunning: true, downtime: .nanoseconds(5), isMemoryLost: true))),
        ("s", .postCopyFinished(.example)), ("l", .postCopyAbandoned(.example)), ("e", .sourceReleased),
        ("r", .copyRegistered), ("R", .sourceRolledBack(memoryLost: true)), ("A", .abortAcknowledged),
        ("P", .planned(.example())), ("F", .stepFailed(.checkNodes, .example)), ("I", .interrupted(.example)),
        ("V", .commitRevoked(.example)), ("K", .assumed(OperatorDecision(.committed, because: "it burnt down"))),
        ("D", .assumed(.example)), ("X", .contradicted(.example)),
    ]

    /// A state as the tables name it: with all of its data that is not just told.
    private static func label(_ state: SourceState) -> String {
        switch state {
        case .iterated(let rounds): "iterated, \(rounds.count)"
        case .serving: "serving"
        case .rollingBack(let rollBack): rollBack.freezeBegan ? "rollingBack, stopped" : "rollingBack"
        case .rolledBack(let end): end.isPastChecks ? "rolledBack" : "rolledBack, unbegun"
        case .planned, .checked, .accepted, .fenced, .synced, .frozen, .dumped, .restored, .committed, .confirmed,
            .served, .completed, .copied, .abortOwed, .contradicted:
            state.phase.rawValue
        }
    }

    /// Every machine of a kind that events lead to, one of each label, in the order in which they are found; a step may
    /// be in flight when its failure, or an interruption, comes.
    private static func reachable(_ kind: MigrationKind) throws -> [SourceMigration] {
        var found = [try SourceMigration(startingWith: .planned(.example(kind: kind)))]
        var rows = [Self.label(found[0].state): Self.row(found[0])]
        var index = 0
        while index < found.count {
            for column in Self.columns {
                for inFlight in [false, true] {
                    var next = found[index]
                    if inFlight, let step = next.nextStep { try next.apply(.stepStarted(step)) }
                    guard (try? next.apply(column.event)) != nil else { continue }
                    if case .iterated(let rounds) = next.state, rounds.count > 2 { continue }
                    let label = Self.label(next.state)
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

    private static func row(_ migration: SourceMigration) -> String {
        let letters = Self.columns.map { column -> Character in
            var next = migration
            return (try? next.apply(column.event)) == nil ? "-" : column.letter
        }
        let step = migration.nextStep.map { " \($0)" } ?? ""
        return Self.label(migration.state).padding(to: 21) + String(letters) + step
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

    @Test("After commit.decided only the destination's or an operator's word leads back to a source that may run it")
    func noWayBack() throws {
        for state in SourcePhase.allCases where state.isPastCommit {
            for column in Self.columns where !["V", "D"].contains(column.letter) {
                var migration = try SourceMigration.example(in: state)
                guard (try? migration.apply(column.event)) != nil else { continue }
                #expect(migration.phase.isPastCommit, "\(state) on \(column.event)")
                #expect(migration.nextStep != .rollBack)
            }
        }
    }

    @Test(
        "Before commit.decided every failure leads to a roll-back, whatever the step", arguments: SourcePhase.allCases)
    func rollsBack(state: SourcePhase) throws {
        var migration = try SourceMigration.example(in: state)
        guard !state.isEnded, !state.isPastCommit, state != .rollingBack, state != .abortOwed else { return }
        try migration.apply(.interrupted(.example))
        #expect(migration.phase == (state == .planned ? .rolledBack : .rollingBack))
        #expect(migration.failure == .example)
    }

    @Test("A state that has not ended has a next step, and an ended one has none", arguments: SourcePhase.allCases)
    func nextStep(state: SourcePhase) throws {
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
        #expect(migration.phase == .copied)
    }
}
