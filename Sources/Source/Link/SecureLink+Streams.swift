package import HandOver
internal import Host
internal import SSH
package import Transfer

/// The session that all passes over a container's memory share. Used by one pass at a time.
final class MemoryConversation: @unchecked Sendable {
    // The sender is used by the one pass that runs, on the thread that this was given to.
    private let agent: AgentSession
    let sender: MemorySender

    init(_ agent: AgentSession, _ interruption: Interruption) {
        self.agent = agent
        self.sender = MemorySender(
            tracking: MemoryTracking.probe(), input: agent.input, output: agent.output,
            cancellation: interruption.transfers)
    }

    func close() { self.agent.close() }
}

extension SecureLink {
    package func send(
        _ memory: OutgoingMemory, from site: any SourceSite, of reference: HandOverReference,
        interruption: Interruption
    ) async throws(StepFailure) -> SentMemory {
        try await self.reserveMemory(of: reference, interruption: interruption)
        guard let conversation = self.memory else { throw StepFailure(.connectionBroken, "the session is over") }
        let destination = self.destination.host
        return try await runBlocking(named: "memory") { () throws(StepFailure) in
            do throws(TransferError) {
                return try conversation.sender.send(memory) { body throws(TransferError) in
                    try Self.hold(site, body)
                }
            } catch {
                throw StepFailure(memory: error, destination: destination, interruption)
            }
        }
    }

    private static func hold(
        _ site: any SourceSite, _ body: () throws(TransferError) -> Void
    ) throws(TransferError) -> Duration {
        do {
            return try site.holding { try body() }
        } catch let error as TransferError {
            throw error
        } catch {
            throw TransferError(.sourceChanged, operation: "hold the container", detail: "\(error)")
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
        self.init(
            error.status(else: .liveMigrationFailed),
            "copying the memory failed\(error.isPeers ? " at \(destination)" : ""): \(error)")
    }
}

/// Pages on their way after their container.
final class PageService: Sendable {
    private let work: Task<PostCopyResult, any Error>
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
                    return try server.serve()
                } catch {
                    throw StepFailure(pages: error, destination: destination)
                }
            }
        }
    }

    /// How they have arrived.
    func outcome() async throws(StepFailure) -> PostCopyResult {
        let result = await self.work.result
        self.agent.close()
        do { return try result.get() } catch { throw StepFailure(error, at: .source) }
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
    ) async throws(StepFailure) -> PostCopyResult {
        if self.pages == nil { try await self.offerPages(of: memory, to: reference) }
        guard let pages = self.pages else { throw StepFailure(.connectionBroken, "the session is over") }
        defer { self.pages = nil }
        return try await pages.outcome()
    }
}

extension StepFailure {
    /// Pages that did not all arrive. What the destination says of itself is final.
    fileprivate init(pages error: TransferError, destination: String) {
        if error.isPeers, error.reason != .connectionLost {
            self.init(.inDoubt, "\(destination): \(error.operation)\(error.detail)")
        } else {
            let isTheirs = [.connectionLost, .undecodable].contains(error.reason)
            self.init(
                error.status(else: .system),
                "\(isTheirs ? destination : "sending the rest of the memory failed"): \(error)")
        }
    }
}

extension SecureLink {
    package func send(
        _ stream: BulkStream, _ tree: OutgoingTree, of reference: HandOverReference, interruption: Interruption
    ) async throws(StepFailure) -> SyncedTree {
        let agent = try await self.bulk(stream, of: reference)
        defer { agent.close() }
        let destination = self.destination.host
        let report = try await runBlocking(named: "send") { () throws(StepFailure) in
            let sender = TreeSender(
                root: Array(tree.root.utf8), stateDirectory: Array(tree.stateDirectory.utf8),
                hiding: tree.hiding.map { Array($0.utf8) }, cancellation: interruption.transfers)
            do throws(TransferError) {
                return try sender.send(
                    stream == .warmTree ? .warm : .final, input: agent.input, output: agent.output)
            } catch {
                throw error.reason == .cancelled
                    ? interruption.reason ?? MigrationSession.signalled
                    : StepFailure(error, root: tree.root, destination: destination)
            }
        }
        if let base = report.base { self.tell(base) }
        return report.tree
    }
}

extension SecureLink {
    /// What an older copy over there has spared the wire.
    private func tell(_ base: BaseReport) {
        let host = self.destination.host
        self.say("\(base.files) files, \(base.bytes) bytes came from an older copy on \(host)")
        if !base.problem.isEmpty { self.say("\(host) could not use all of it: \(base.problem)") }
    }
}

extension StepFailure {
    /// A pass that ended early: where, and on which side.
    init(_ error: TransferError, root: String, destination: String) {
        let place = error.isPeers ? destination : root
        self.init(error.status(else: .copyFailed), "copying the container failed at \(place): \(error)")
    }
}

extension TransferError {
    /// Of a stream to the destination.
    ///
    /// - Parameter status: for what is no matter of the connection.
    /// - Returns: the status of the failure that this becomes.
    fileprivate func status(else status: ExitStatus) -> ExitStatus {
        switch self.reason {
        case .cancelled: .terminated
        case .connectionLost: .connectionBroken
        case .undecodable: .protocolViolated
        case .system, .mountPoint, .sourceChanged, .treesDiffer, .limit, .interrupted: status
        }
    }
}
