package import MigrationJournal

/// What `list` prints: one line a migration.
package enum MigrationList {
    package static func text(_ migrations: [MigrationSummary]) -> String {
        if migrations.isEmpty { return "No migration is recorded.\n" }
        let header = ["MIGRATION", "CT", "ROLE", "PEER", "STATE", "STARTED (UTC)", "DURATION"]
        return TextColumns.aligned([header] + migrations.map { Self.cells($0) })
    }

    private static func cells(_ migration: MigrationSummary) -> [String] {
        [
            migration.migration.shortText,
            TerminalText.escaped(migration.container ?? "-"),
            migration.role?.rawValue ?? "-",
            migration.peer?.shortText ?? "-",
            TerminalText.escaped(migration.state ?? "-") + (migration.isOpen ? " (open)" : "")
                + (migration.keepsArea ? " (area kept)" : ""),
            TimeText.instant(migration.firstTime.wallNanoseconds),
            TimeText.span(migration.durationNanoseconds),
        ]
    }
}
