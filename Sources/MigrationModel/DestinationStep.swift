/// An order to the destination side, carried out by `AgentSteps`.
package enum DestinationStep: String, CaseIterable, Codable, Sendable {
    /// Verifies, renames and restores, everything but let go.
    case prepareContainer
    /// Registers the container, lets it go, lights its network.
    case activateContainer
    /// Removes what was made for this migration.
    case discardContainer
}
