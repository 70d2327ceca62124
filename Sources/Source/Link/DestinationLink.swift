package import HandOver
package import SSH
package import Transfer

/// The way to the destination's agent, opened at first need and anew once it broke: `SecureLink` between servers, faked
/// in the simulator.
package protocol DestinationLink: Sendable {
    var destination: SSHDestination { get }

    /// Sends one order and waits for its answer.
    ///
    /// - Parameters:
    ///   - request: the order.
    ///   - interruption: hangs up, so that nothing is waited for any more; `nil` for an order that has to come through.
    /// - Returns: the answer.
    /// - Throws: the agent's refusal, or why there is no answer: then it is unknown whether the order was carried out.
    func request(_ request: AgentRequest, interruption: Interruption?) async throws(StepFailure) -> AgentAnswer

    /// Asks the destination what it has on record of this node's journal. One that cannot be reached proves nothing.
    ///
    /// - Throws: if the journal lacks an event that the destination has seen.
    func assureHistory() async throws

    /// Opens a bulk session that is going to be needed when there is no time to open it.
    func reserve(_ stream: BulkStream, of reference: HandOverReference) async throws(StepFailure)
    /// Likewise for the passes over the memory, if it is not open yet.
    func reserveMemory(of reference: HandOverReference, interruption: Interruption) async throws(StepFailure)

    /// Sends a stream of a hand-over that the agent has accepted, on a session of its own.
    ///
    /// - Parameters:
    ///   - stream: which one; it says too whether the tree may change meanwhile.
    ///   - tree: what is sent.
    ///   - reference: the hand-over.
    ///   - interruption: ends it at the next block.
    /// - Returns: what was sent; the digest is what the destination has to hold.
    /// - Throws: why it ended early.
    func send(
        _ stream: BulkStream, _ tree: OutgoingTree, of reference: HandOverReference, interruption: Interruption
    ) async throws(StepFailure) -> SyncedTree

    /// Sends one pass of memory. All passes of a hand-over share a session, which remembers what the destination holds.
    ///
    /// - Parameters:
    ///   - memory: what is sent; with images it is the last pass.
    ///   - site: of the container, to be held for a moment where that is needed.
    ///   - reference: the hand-over.
    ///   - interruption: ends it at the next block.
    /// - Returns: what was sent; the digest is that of the whole memory, as both sides hold it now.
    /// - Throws: why it ended early.
    func send(
        _ memory: OutgoingMemory, from site: any SourceSite, of reference: HandOverReference,
        interruption: Interruption
    ) async throws(StepFailure) -> SentMemory

    /// Begins to give pages of the frozen original to whoever restores it, and goes on until all are there, the
    /// connection breaks, or this link is closed.
    ///
    /// - Parameters:
    ///   - memory: of the original.
    ///   - reference: the hand-over.
    /// - Throws: where no connection can be made.
    func offerPages(of memory: OutgoingMemory, to reference: HandOverReference) async throws(StepFailure)

    /// Gives pages until all are there, on the connection that `offerPages` has opened as long as that lasts.
    ///
    /// - Returns: how they have arrived.
    /// - Throws: of status `inDoubt` where the destination says that some will never; else why it is not known yet.
    func servePages(of memory: OutgoingMemory, to reference: HandOverReference) async throws(StepFailure)
        -> PostCopyResult

    /// Ends the conversation. The agent takes that as the end of whatever it has not yet prepared.
    func close() async
}

/// Sends one order and brings its answer; throws `StepFailure`: a refusal, or why there is no answer.
package typealias AgentExchange = @Sendable (AgentRequest) async throws -> AgentAnswer

/// Ends, first of all, a hand-over that the agent reports as unfinished.
package typealias ReconcileEarlier = @Sendable (HandOverReference, AgentExchange) async throws -> Void
