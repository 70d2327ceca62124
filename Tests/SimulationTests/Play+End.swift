import MigrationJournal
import MigrationModel

/// What must be when everything has come to its end.
extension Play {
    func checkEnd() {
        for node in self.world.nodes { self.checkEnded(node) }
        guard self.world.violations.isEmpty else { return }
        let homes = self.world.nodes.filter { $0.disk.configuration?.identity == self.world.identity }
        guard let home = homes.first, homes.count == 1 else {
            return self.world.violate("the container is registered on \(homes.map(\.name)), not once")
        }
        self.checkHome(home)
        for node in self.world.nodes where node !== home { self.checkElsewhere(node) }
        self.checkWords(home)
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
        expect(node.disk.area != nil, "the container has no area")
        expect(node.disk.area?.isTorn == false, "the area is torn")
        expect(node.disk.area?.fence == nil, "the fence still stands")
        expect(node.disk.configuration?.isDisabled == false, "it is still disabled")
        let content = node.disk.area?.content ?? -1
        expect(content >= self.world.acknowledged.content, "the disk lacks what was acknowledged")
        let hasMoved = node !== self.world.nodes[0]
        let isToRun = self.scenario.kind.runsAtFirst && !(hasMoved && self.scenario.kind == .restarted(starting: false))
        expect((node.memory.processes != nil) == isToRun, isToRun ? "it does not run" : "it runs")
        expect(node.isRunning == isToRun, "it is held")
        expect(node.memory.processes?.isPlugged != false, "its network is dark")
        self.checkLeftovers(node)
    }

    private func checkElsewhere(_ node: SimulatedNode) {
        func expect(_ isSo: Bool, _ what: String) { if !isSo { self.world.violate("\(node.name): \(what)") } }
        expect(node.memory.processes == nil, "processes are left")
        let isCopy = self.scenario.kind.isCopy && node.disk.configuration != nil
        if isCopy {
            expect(node.disk.configuration?.isDisabled == true, "a copy is not disabled")
            expect(node.disk.area.map { !$0.isTorn && $0.fence == nil } == true, "a copy is not whole, or fenced")
        } else {
            expect(node.disk.area == nil, "an area is left")
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
        expect(node.disk.archives.count == node.disk.archivedConfigurations, "half of an archive is")
        expect(node.locks.isEmpty, "a lock is")
    }

    /// The journal of the source says where the container is.
    private func checkWords(_ home: SimulatedNode) {
        guard let last = self.world.nodes[0].journal.rows.last, last.role == .source else { return }
        let says: SimulatedNode? =
            switch last.state {
            case "completed": self.world.node(named: self.scenario.destinations.last ?? "")
            case "rolledBack", "copied": self.world.nodes[0]
            default: nil
            }
        if says !== home, self.scenario.destinations.count == 1 {
            self.world.violate("the journal says \(last.state), and the container is on \(home.name)")
        }
    }
}
