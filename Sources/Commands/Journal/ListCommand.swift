internal import ArgumentParser
internal import HandOver
internal import Host
package import Journal

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "One line a migration, the oldest first.")

    @OptionGroup var journal: JournalOptions

    func run() throws {
        let reader = try self.journal.open()
        do {
            try StandardOutput.write(MigrationList.text(try reader.migrations(), kept: try reader.keptAreas()))
        } catch let error as JournalError { throw JournalFailure(error) }
    }
}

/// What `list` prints: one line a migration.
package enum MigrationList {
    /// Those that left an area here are marked.
    package static func text(_ migrations: [MigrationSummary], kept areas: [KeptArea] = []) -> String {
        if migrations.isEmpty { return "No migration is recorded.\n" }
        let header = ["MIGRATION", "CT", "ROLE", "PEER", "STATE", "STARTED (UTC)", "DURATION"]
        let kept = Set(areas.map(\.migration))
        return TextColumns.aligned([header] + migrations.map { Self.cells($0, isKept: kept.contains($0.migration)) })
    }

    private static func cells(_ migration: MigrationSummary, isKept: Bool) -> [String] {
        [
            migration.migration.short,
            TerminalText.escaped(migration.container ?? "-"),
            migration.role?.rawValue ?? "-",
            migration.peer?.short ?? "-",
            TerminalText.escaped(migration.state ?? "-") + (migration.isOpen ? " (open)" : isKept ? " (kept)" : ""),
            TimeText.instant(migration.firstTime.wallNanoseconds),
            TimeText.span(migration.durationNanoseconds),
        ]
    }
}

struct KeptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kept", abstract: "What failed migrations left here on request (--keep-dst), the oldest first.",
        discussion: """
            The next migration of the container to the same place starts from it, and then it is no longer listed.
            """)

    @OptionGroup var journal: JournalOptions

    func run() throws {
        let reader = try self.journal.open()
        do {
            try StandardOutput.write(KeptList.text(try reader.keptAreas()))
        } catch let error as JournalError { throw JournalFailure(error) }
    }
}

/// What `kept` prints: one line an area.
package enum KeptList {
    package static func text(_ areas: [KeptArea]) -> String {
        if areas.isEmpty { return "Nothing is kept.\n" }
        let header = ["MIGRATION", "CT", "SINCE (UTC)", "AREA"]
        return TextColumns.aligned([header] + areas.map { Self.cells($0) })
    }

    private static func cells(_ area: KeptArea) -> [String] {
        [
            area.migration.short,
            TerminalText.escaped(area.container ?? "-"),
            TimeText.instant(area.since.wallNanoseconds),
            area.area.map { TerminalText.escaped($0) } ?? "(erased)",
        ]
    }
}
