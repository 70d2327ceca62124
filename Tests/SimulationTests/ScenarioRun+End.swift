import HandOver
import Journal

/// What must be when everything has come to its end.
extension ScenarioRun {
    func checkEnd() {
        for node in self.world.nodes { self.checkEnded(node) }
        guard self.world.violations.isEmpty else { return }
        self.checkReports()
        let homes = self.world.nodes.filter { $0.disk.configuration?.identity == self.world.identity }
        // Two operators may have left it on both servers or on none; whatever there is, is whole.
        if !self.isContradicted, homes.count != 1 {
            return self.world.violate("the container is registered on \(homes.map(\.name)), not once")
        }
        for node in self.world.nodes {
            if homes.contains(where: { $0 === node }) { self.checkHome(node) } else { self.checkElsewhere(node) }
        }
        if let home = homes.first, homes.count == 1, !self.isContradicted { self.checkWords(home) }
    }

    /// Whatever is to leave a node and has not ended has somebody there who is going to end it, unless all were killed.
    func checkGuarded() {
        for node in self.world.nodes where node.isUp && !node.isStruck {
            guard !node.processes.contains(where: { $0.kind != .agent }) else { continue }
            for open in (try? node.journal.openMigrations(as: SourceMigration.self)) ?? [] {
                self.world.violate("\(node.name): a migration stays \(open.phase), and nobody guards it")
            }
        }
    }

    /// What a recovery has left of what was to come, and needs no word of its source, has such a one too.
    func checkArrivalsGuarded(_ node: SimulatedNode) {
        guard node.isUp, !node.processes.contains(where: { $0.kind == .guardian }) else { return }
        for open in (try? node.journal.openMigrations(as: DestinationMigration.self)) ?? []
        where (open.nextStep != nil || open.state == .accepted) && node.locks[open.plan.container] == nil {
            self.world.violate("\(node.name): an arrival stays \(open.phase), and nobody guards it")
        }
    }

    private func checkEnded(_ node: SimulatedNode) {
        let open = node.journal.rows.map(\.migration).filter { id in
            node.journal.rows.last { $0.migration == id }?.isEnded == false
        }
        for id in Set(open) {
            let state = node.journal.rows.last { $0.migration == id }?.state ?? ""
            self.world.violate("\(node.name) does not come to an end: a migration stays \(state)")
        }
    }

    /// Where the container is it is whole, nobody's, and runs if it is to.
    private func checkHome(_ node: SimulatedNode) {
        func expect(_ isSo: Bool, _ what: String) { if !isSo { self.world.violate("\(node.name): \(what)") } }
        let disk = node.disk
        expect(disk.area != nil, "the container has no area")
        expect(disk.area?.id == disk.configuration?.id, "its area is not in the place that its configuration names")
        expect(disk.area?.isTorn == false, "the area is torn")
        expect(disk.area?.fence == nil, "the fence still stands")
        expect(disk.configuration?.isDisabled == self.scenario.wasDisabled, "DISABLED is not what it was")
        let content = disk.area?.content ?? -1
        if content < self.world.acknowledged.content {
            self.world.breach("\(node.name): the disk lacks what was acknowledged")
        }
        let isToRun = self.isToRun(on: node)
        if !(isToRun && self.world.isAtRest && node.memory.processes == nil) {
            expect((node.memory.processes != nil) == isToRun, isToRun ? "it does not run" : "it runs")
            expect(node.isRunning == isToRun, "it is held")
        }
        expect(node.memory.processes?.isPlugged != false, "its network is dark")
        self.checkLeftovers(node)
    }

    /// Whether it runs on a node that has it: `--nostart` leaves it stopped where it arrives.
    func isToRun(on node: SimulatedNode) -> Bool {
        guard self.scenario.kind == .restarted(starting: false) else { return self.scenario.kind.runsAtFirst }
        return !node.journal.rows.contains { $0.role == .destination && $0.state == "committed" }
    }

    private func checkElsewhere(_ node: SimulatedNode) {
        func expect(_ isSo: Bool, _ what: String) { if !isSo { self.world.violate("\(node.name): \(what)") } }
        expect(node.memory.processes == nil, "processes are left")
        let isCopy = self.scenario.kind.isCopy && node.disk.configuration != nil
        if isCopy {
            expect(node.disk.configuration?.isDisabled == true, "a copy is not disabled")
            expect(node.disk.area.map { !$0.isTorn && $0.fence == nil } == true, "a copy is not whole, or fenced")
        } else {
            expect(node.disk.area == nil || node.disk.storage != nil, "an area is left")
            expect(node.disk.configuration == nil, "a configuration is left")
        }
        self.checkLeftovers(node)
    }

    /// Nothing of ours is left but what was asked to be kept.
    private func checkLeftovers(_ node: SimulatedNode) {
        func expect(_ isSo: Bool, _ what: String) { if !isSo { self.world.violate("\(node.name): \(what) left") } }
        let last = node.journal.rows.last { $0.role == .destination }
        let isKept = self.scenario.keepsDestination && last?.state == "aborted"
        expect(node.disk.incoming == nil || isKept, "an incoming area is")
        expect(node.disk.areaIndex == nil || isKept, "an index is")
        expect(node.disk.condemned == nil, "half of an area is")
        expect(node.disk.directories.isEmpty, "directories are")
        expect(node.memory.images == nil && !node.memory.hasRunDirectory, "images are")
        expect(node.memory.arrivalMark == nil, "a mark is")
        expect(node.disk.archives.allSatisfy { $0.fence == nil }, "the fence of an archive is")
        let isWhole = node.disk.storage != nil || node.disk.archives.count == node.disk.archivedConfigurations
        expect(isWhole, "half of an archive is")
        expect(node.locks.isEmpty && node.posts.isEmpty, "a lock is")
        expect(node.processes.isEmpty, "processes of ours are")
    }

    /// The journal of whoever last had it moved says where the container is.
    private func checkWords(_ home: SimulatedNode) {
        let rows = self.world.nodes.flatMap { node in
            node.journal.rows.filter { $0.role == .source && !Self.isElder($0.identity) }
        }
        guard let epoch = rows.map(\.epoch).max(), let last = rows.last(where: { $0.epoch == epoch }) else { return }
        let departure = self.world.nodes.compactMap { node in
            (try? node.journal.replay(last.migration, as: SourceMigration.self)).map { (node, $0) }
        }.first
        guard let (node, migration) = departure else { return }
        let says: SimulatedNode? =
            switch migration.phase {
            case .completed: self.world.node(named: migration.plan.places.destination)
            case .rolledBack, .copied, .contradicted: node
            default: nil
            }
        if says !== home { self.world.violate("the journal says \(migration.phase), and it is on \(home.name)") }
        if migration.phase == .completed, home.disk.configuration?.id != migration.plan.destinationContainer {
            self.world.violate("it has not got the id that was asked for")
        }
    }
}

/// What operators have decided.
extension ScenarioRun {
    /// The two sides of each hand-over of which an operator has decided, as they have ended.
    private var decided: [(source: SourceMigration, destination: DestinationMigration)] {
        guard !self.scenario.decisions.isEmpty else { return [] }
        let journals = self.world.nodes.map(\.journal)
        return Set(journals.flatMap(\.rows).map(\.migration)).compactMap { id in
            let source = journals.lazy.compactMap { try? $0.replay(id, as: SourceMigration.self) }.first
            let destination = journals.lazy.compactMap { try? $0.replay(id, as: DestinationMigration.self) }.first
            guard let source, let destination else { return nil }
            return source.decision == nil && destination.decision == nil ? nil : (source, destination)
        }
    }

    /// Whether the two sides of a hand-over have come to different ends, which takes a wrong word of an operator.
    var isContradicted: Bool {
        self.decided.contains { Self.differ($0, $1) || $0.contradiction != nil && $1.contradiction != nil }
    }

    private static func differ(_ source: SourceMigration, _ destination: DestinationMigration) -> Bool {
        source.phase.isPastCommit != (destination.phase == .completed)
    }

    /// Both sides say so.
    private func checkReports() {
        for (source, destination) in self.decided where Self.differ(source, destination) {
            // What did not get to the disk at that very moment is in the destination's journal alone.
            if source.contradiction == nil, !self.world.hasLostAppend {
                self.world.violate("the source does not report the contradiction")
            }
            if destination.contradiction == nil {
                self.world.violate("the destination does not report the contradiction")
            }
        }
    }
}
