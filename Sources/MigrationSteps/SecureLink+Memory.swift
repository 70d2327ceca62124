package import AgentProtocol
internal import BlockingWork
internal import FrameStream
package import MemoryTransfer
package import MigrationModel
internal import SecureShell

/// The session that all passes over a container's memory share. Used by one pass at a time.
final class MemoryConversation: @unchecked Sendable {
    // The sender is used by the one pass that runs, on the thread that this was given to.
    private let agent: AgentSession
    let sender: MemorySender
    let tracking: MemoryTracking

    init(_ agent: AgentSession, _ interruption: Interruption) {
        self.agent = agent
        self.tracking = MemoryTracking.probe()
        self.sender = MemorySender(
            tracking: self.tracking, input: agent.input, output: agent.output, cancellation: interruption.transfers)
    }

    func close() { self.agent.close() }
}

extension SecureLink {
    package func send(
        _ memory: OutgoingMemory, from site: any DepartureSite, of reference: HandOverReference,
        interruption: Interruption
    ) async throws(StepFailure) -> SentMemory {
        try await self.reserveMemory(of: reference, interruption: interruption)
        guard let conversation = self.memory else { throw StepFailure(.connectionBroken, "the session is over") }
        let start = ContinuousClock.now
        let destination = self.destination.host
        let report = try await runBlocking(named: "memory") { () throws(StepFailure) in
            do throws(TransferError) {
                return try conversation.sender.send(memory) { body throws(TransferError) in
                    try Self.hold(site, body)
                }
            } catch {
                throw StepFailure(memory: error, destination: destination, interruption)
            }
        }
        let round = MemoryRound(
            tracking: MemoryRound.Tracking(conversation.tracking), pages: report.pages, sentPages: report.sentPages,
            wireBytes: report.wireBytes, nanoseconds: start.duration(to: .now).wholeNanoseconds,
            heldNanoseconds: report.heldNanoseconds, fileNanoseconds: nil, processes: report.processes,
            sharedBytes: report.sharedBytes)
        return SentMemory(round: round, digest: report.digest.hex)
    }

    private static func hold(
        _ site: any DepartureSite, _ body: () throws(TransferError) -> Void
    ) throws(TransferError) -> UInt64 {
        do {
            return try site.holding { try body() }
        } catch let error as TransferError {
            throw error
        } catch {
            throw TransferError(.sourceChanged, operation: "hold the container", detail: "\(error)")
        }
    }
}

extension MemoryRound.Tracking {
    fileprivate init(_ tracking: MemoryTracking) {
        self =
            switch tracking {
            case .kernel: .kernel
            case .content: .content
            }
    }
}

extension StepFailure {
    /// A pass over the memory that ended early: where, and on which side.
    fileprivate init(memory error: TransferError, destination: String, _ interruption: Interruption) {
        guard error.reason != .cancelled else {
            self = interruption.reason ?? MigrationSession.signalled
            return
        }
        let status: ExitStatus =
            switch error.reason {
            case .connectionLost: .connectionBroken
            case .undecodable: .protocolViolated
            case .cancelled, .system, .mountPoint, .sourceChanged, .treesDiffer, .limit, .interrupted:
                .liveMigrationFailed
            }
        self.init(status, "copying the memory failed\(error.isPeers ? " at \(destination)" : ""): \(error)")
    }
}
