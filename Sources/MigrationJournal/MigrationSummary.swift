/// One migration as this node's journal tells it.
package struct MigrationSummary: Hashable, Sendable {
    package let migration: JournalID

    /// As the last record that has it tells it; `nil` where none has. So for each field below.
    package let container: String?
    package let containerUUID: JournalID?
    package let role: NodeRole?
    package let peer: JournalID?
    package let epoch: Int64?
    package let state: String?

    /// The number of its records, which is its version.
    package let version: Int64
    package let firstTime: JournalTime
    package let lastTime: JournalTime

    /// Something is still owed here: no record of it ends it.
    package let isOpen: Bool

    /// It was aborted here, its synced area was kept, and no later migration has taken it over. Whether somebody has
    /// removed it since only a look tells.
    package var keepsArea = false

    /// From the first record to the last, on the clock that does not jump where both are of one boot.
    package var durationNanoseconds: Int64 {
        if self.firstTime.bootID == self.lastTime.bootID {
            return self.lastTime.bootNanoseconds &- self.firstTime.bootNanoseconds
        }
        return self.lastTime.wallNanoseconds &- self.firstTime.wallNanoseconds
    }
}
