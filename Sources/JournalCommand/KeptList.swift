package import MigrationJournal
internal import ToolInformation

/// What `kept` prints: one line an area.
package enum KeptList {
    package static func text(_ areas: [KeptArea]) -> String {
        if areas.isEmpty { return "Nothing is kept.\n" }
        let header = ["MIGRATION", "CT", "SINCE (UTC)", "AREA"]
        return TextColumns.aligned([header] + areas.map { Self.cells($0) })
    }

    private static func cells(_ area: KeptArea) -> [String] {
        [
            area.migration.shortText,
            TerminalText.escaped(area.container ?? "-"),
            TimeText.instant(area.since.wallNanoseconds),
            area.area.map { TerminalText.escaped($0) } ?? "(erased)",
        ]
    }
}
