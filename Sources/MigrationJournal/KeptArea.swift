/// A synced area that a failed migration left at this node on request (`--keep-dst`): the next attempt starts from it.
package struct KeptArea: Hashable, Sendable {
    package let migration: JournalID

    /// `nil` where the journal does not tell.
    package let container: String?

    /// A path on this node; `nil` where it was erased from the journal.
    package let area: String?

    /// When the migration ended.
    package let since: JournalTime

    package init(migration: JournalID, container: String?, area: String?, since: JournalTime) {
        self.migration = migration
        self.container = container
        self.area = area
        self.since = since
    }
}
