package import HandOver
package import Journal

extension JournalStore {
    /// Appends the events of one migration.
    package func live<Machine: JournaledMachine>(_ events: [Machine.Event], as type: Machine.Type) async throws {
        guard let first = events.first else { return }
        var machine = try Machine(startingWith: first)
        let log = try MigrationLog<Machine>(of: machine.migration, in: self, peer: PeerWitness())
        for (index, event) in events.enumerated() {
            if index > 0 { try machine.apply(event) }
            try await log.append(event, leadingTo: machine)
        }
    }

    /// Appends what a source's migration writes until its process dies in that step; `nil` lets it come to its end.
    package func live(upTo last: SourceStep?) async throws {
        var events: [SourceEvent] = [.planned(.example())]
        var machine = try SourceMigration(replaying: events)
        while let step = machine.nextStep {
            let next: [SourceEvent] = step == last ? [.stepStarted(step)] : [.stepStarted(step), .success(of: step)]
            for event in next { try machine.apply(event) }
            events += next
            if step == last { break }
        }
        try await self.live(events, as: SourceMigration.self)
    }

    /// Every open migration of either role as its replay tells it: all that a recovery goes by.
    package func recovered() throws -> [String] {
        let departures = try self.openMigrations(as: SourceMigration.self).map { "\($0)" }
        return try departures + self.openMigrations(as: DestinationMigration.self).map { "\($0)" }
    }
}
