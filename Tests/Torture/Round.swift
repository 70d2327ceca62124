internal import Glibc
internal import LabSupport

/// One point, tried on a container of its own.
final class Round {
    let point: Point
    let container: TestContainer
    /// What its workload last said of itself; `nil` for a stopped one.
    var token: String?
    let watch: CopyWatch
    /// Whether the fault found what it was meant for.
    private(set) var hasStruck = false
    /// How vzmigrate itself ended; `nil` if it was never heard.
    private(set) var outcome: CommandOutcome?
    var recoveries = 0
    /// Whether what struck it may have taken its memory; not once that was judged.
    var mayLoseMemory = true

    init(_ point: Point) throws {
        self.point = point
        let isStarted = point.kind != .stopped
        self.container = try TestContainer(kind: point.kind.workload, isStarted: isStarted)
        self.token = isStarted ? try self.container.ask("stat")["token"] : nil
        self.watch = try CopyWatch(self.container.id)
    }

    /// Migrates, strikes, and sets right what can be set right from outside: power, cables, disks.
    ///
    /// - Throws: `LabError` where the lab itself did not do as it should, or a program hangs.
    func strike() throws {
        let migration = try MigrationUnderFire(self.point, of: self.container)
        defer { migration.clear() }
        self.hasStruck = try migration.waitForMoment()
        self.watch.faultStrikes()
        if self.hasStruck { try self.breakSomething(migration) }
        migration.goOn()
        if self.hasStruck { try self.mend() }
        try wait(120, for: "vzmigrate to end") { migration.command.hasEnded }
        let outcome = migration.command.wait()
        let isSilenced = outcome.status >= 128
        self.outcome = isSilenced ? nil : outcome
        if self.hasStruck, case .full(let disk, let node) = self.point.fault {
            // Whoever takes over meets it too.
            usleep(UInt32(self.point.deadlyAppend) * 500_000)
            TortureLab.empty(disk, of: node)
        }
    }

    private func breakSomething(_ migration: MigrationUnderFire) throws {
        switch self.point.fault {
        case .kill(var victims):
            // A guardian that sees the worker's end would be at work before it is hit itself.
            if self.point.rescue == .killedRecover, victims.contains(.worker) { victims.insert(.guardian, at: 0) }
            self.kill(victims)
        case .killPrograms(let programs, let node):
            let processes = programs.flatMap { node.processes(at: $0) }
            self.hasStruck = !processes.isEmpty
            processes.forEach { $0.kill() }
        case .powerLoss(let nodes): for node in nodes { try Lab.require("down", "--keep", node.rawValue) }
        case .cut(.closed, _, _): try Link.reset()
        case .cut(.unreachable, let node, _):
            try Link.reset()
            try Link.blackHole(node)
        case .cut(.blackHoled, let node, _): try Link.blackHole(node)
        case .full(let disk, let node): try TortureLab.fill(disk, of: node)
        }
    }

    private func kill(_ victims: [Fault.Victim]) {
        var seen = false
        for victim in victims {
            let node: Node = [.worker, .guardian].contains(victim) ? .node1 : .node2
            let processes = node.processes(of: victim)
            seen = seen || !processes.isEmpty
            processes.forEach { $0.kill() }
        }
        self.hasStruck = seen
    }

    private func mend() throws {
        switch self.point.fault {
        case .powerLoss(let nodes):
            try Boot(container: self.container, nodes: nodes, starts: self.point.kind != .stopped).run()
        case .cut(.unreachable, let node, let milliseconds), .cut(.blackHoled, let node, let milliseconds):
            usleep(UInt32(milliseconds) * 1000)
            try Link.mend(node)
        case .cut(.closed, _, _), .kill, .killPrograms, .full: break
        }
    }
}
