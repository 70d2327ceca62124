package import AgentProtocol
internal import BlockingWork
internal import FrameStream
package import MemoryTransfer
package import MigrationModel
internal import PostCopy
internal import SecureShell

/// Pages on their way after their container.
final class PageService: Sendable {
    private let work: Task<FollowedMemory, any Error>
    private let agent: AgentSession
    private let cancellation = TransferControl()

    init(_ memory: OutgoingMemory, over agent: AgentSession, to destination: String) {
        self.agent = agent
        let cancellation = self.cancellation
        self.work = Task {
            try await runBlocking(named: "pages") { () throws(StepFailure) in
                let server = PageServer(
                    of: memory.processes, input: agent.input, output: agent.output, cancellation: cancellation)
                do throws(TransferError) {
                    let served = try server.serve()
                    return FollowedMemory(placed: served.placed, dropped: served.dropped)
                } catch {
                    throw StepFailure(pages: error, destination: destination)
                }
            }
        }
    }

    /// How they have arrived.
    func outcome() async throws(StepFailure) -> FollowedMemory {
        let result = await self.work.result
        self.agent.close()
        do { return try result.get() } catch { throw (error as? StepFailure) ?? StepFailure(.system, "\(error)") }
    }

    func close() async {
        self.cancellation.cancel()
        _ = await self.work.result
        self.agent.close()
    }
}

extension SecureLink {
    package func offerPages(of memory: OutgoingMemory, to reference: HandOverReference) async throws(StepFailure) {
        await self.pages?.close()
        self.pages = nil
        self.pages = PageService(
            memory, over: try await self.open(.pages(reference)).agent, to: self.destination.host)
    }

    package func servePages(
        of memory: OutgoingMemory, to reference: HandOverReference
    ) async throws(StepFailure) -> FollowedMemory {
        if self.pages == nil { try await self.offerPages(of: memory, to: reference) }
        guard let pages = self.pages else { throw StepFailure(.connectionBroken, "the session is over") }
        defer { self.pages = nil }
        return try await pages.outcome()
    }
}

extension StepFailure {
    /// Pages that did not all arrive. What the destination says of itself is final.
    fileprivate init(pages error: TransferError, destination: String) {
        switch error.reason {
        case .connectionLost: self.init(.connectionBroken, "\(destination): \(error)")
        case _ where error.isPeers: self.init(.inDoubt, "\(destination): \(error.operation)\(error.detail)")
        case .undecodable: self.init(.protocolViolated, "\(destination): \(error)")
        case .system, .mountPoint, .sourceChanged, .cancelled, .treesDiffer, .limit, .interrupted:
            self.init(.system, "sending the rest of the memory failed: \(error)")
        }
    }
}
