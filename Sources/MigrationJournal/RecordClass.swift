/// What a record is for, which decides who reads it.
package enum RecordClass: Int64, Sendable, CaseIterable {
    /// Drives the state machine; the only class that a replay reads.
    case fact = 0

    /// Told, measured, of use to people; a replay never reads it.
    case telemetry = 1

    /// About the journal and those who decide over it: openings, peers' heads, operators' decisions, erasures.
    case custody = 2
}
