package import AgentProtocol
internal import BlockingWork
internal import FrameStream
package import MigrationModel
internal import SecureShell
internal import TreeSync

extension SecureLink {
    package func send(
        _ stream: BulkStream, _ tree: OutgoingTree, of reference: HandOverReference, interruption: Interruption
    ) async throws(StepFailure) -> SyncedTree {
        let start = ContinuousClock.now
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
        return SyncedTree(
            entries: report.files + report.directories, contentBytes: report.bytesSent, wireBytes: report.bytesOnWire,
            nanoseconds: start.duration(to: .now).wholeNanoseconds, digest: report.digest?.digest.hex ?? "")
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
        let status: ExitStatus =
            switch error.reason {
            case .cancelled: .terminated
            case .connectionLost: .connectionBroken
            case .undecodable: .protocolViolated
            case .system, .mountPoint, .sourceChanged, .treesDiffer, .limit, .interrupted: .copyFailed
            }
        let place = error.isPeers ? destination : root
        self.init(status, "copying the container failed at \(place): \(error)")
    }
}
