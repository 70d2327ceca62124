package import MigrationJournal
internal import ToolInformation

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
            migration.migration.shortText,
            TerminalText.escaped(migration.container ?? "-"),
            migration.role?.rawValue ?? "-",
            migration.peer?.shortText ?? "-",
            TerminalText.escaped(migration.state ?? "-") + (migration.isOpen ? " (open)" : isKept ? " (kept)" : ""),
            TimeText.instant(migration.firstTime.wallNanoseconds),
            TimeText.span(migration.durationNanoseconds),
        ]
    }
}
