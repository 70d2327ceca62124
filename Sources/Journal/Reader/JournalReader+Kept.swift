internal import GRDB
package import HandOver

extension JournalReader {
    /// What is kept at this node, the oldest first. What a later migration has taken up is no longer kept: it was used,
    /// removed, or kept again by that one.
    package func keptAreas() throws(JournalError) -> [KeptArea] {
        try self.read("list what is kept") { database in
            var ledger = KeptLedger()
            let sql = """
                SELECT \(EventRow.columns) FROM event WHERE kind IN ('migration.accepted', 'aborted') ORDER BY seq
                """
            let rows = try Row.fetchCursor(database, sql: sql)
            while let row = try rows.next() {
                let entry = try Self.entry(EventRow(row), database)
                guard entry.record.role == .destination else { continue }
                ledger.take(entry)
            }
            return ledger.kept.map(\.area)
        }
    }
}

/// Follows each area from the migration that kept it to the one that took it up.
private struct KeptLedger {
    private(set) var kept: [(area: KeptArea, identity: UniqueID?)] = []
    private var arriving: [UniqueID: String] = [:]

    mutating func take(_ entry: JournalEntry) {
        guard let migration = entry.record.migration else { return }
        let body = EventBody(entry.record)
        if body.kind == "migration.accepted" {
            // Erased, or of a form that this program does not know: then it is not shown.
            let places = try? body.decodePrivatePayload(as: DestinationPlan.Places.self)
            self.arriving[migration] = places?.incomingArea
            // It is the container's, wherever that goes now: it was given the new place's name.
            self.kept.removeAll { $0.identity == entry.record.containerUUID }
        } else if case .aborted(kept: true) = try? DestinationEvent(body: body) {
            let area = KeptArea(
                migration: migration, container: entry.record.container, area: self.arriving[migration],
                since: entry.time)
            self.kept.append((area, entry.record.containerUUID))
        }
    }
}

/// A synced area that a failed migration left at this node on request (`--keep-dst`): the next attempt starts from it.
package struct KeptArea: Hashable, Sendable {
    package let migration: UniqueID

    /// `nil` where the journal does not tell.
    package let container: String?

    /// A path on this node; `nil` where it was erased from the journal.
    package let area: String?

    /// When the migration ended.
    package let since: JournalTime

    package init(migration: UniqueID, container: String?, area: String?, since: JournalTime) {
        self.migration = migration
        self.container = container
        self.area = area
        self.since = since
    }
}
