/// The side of the migration on which a record was written.
package enum NodeRole: String, Sendable, CaseIterable {
    case source
    case destination
}
