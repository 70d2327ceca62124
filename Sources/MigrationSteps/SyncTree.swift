internal import AgentProtocol
internal import ContainerRuntime
internal import HostAccess
internal import MigrationModel
internal import SecureShell
internal import TreeSync

extension SourceSteps {
    /// Copies the private area while the container may change it. A stopped container's first pass is this one too, so
    /// that the last pass has as little to do for it as for any other.
    func syncTree(_ plan: MigrationPlan) async throws(StepFailure) -> SourceEvent {
        let directories = WorkDirectories(node: self.node, plan: plan)
        try await self.onThisNode(.system, "make directories") { try directories.make() }
        let pass = try await self.sendTree(.warmTree, plan)
        self.session.say(
            "CT \(plan.container): synced \(pass.entries) entries, \(pass.contentBytes) bytes in "
                + "\(pass.nanoseconds / 1_000_000) ms")
        // The next pass finds the container frozen or stopped: its sessions are opened now.
        if !plan.kind.isCopy { try await self.link.reserve(.finalTree, of: plan.reference) }
        if plan.kind.isOnline { try await self.link.reserve(.images, of: plan.reference) }
        return .treeSynced(pass)
    }

    /// One pass over the private area. The fence's own file stays behind.
    func sendTree(_ stream: BulkStream, _ plan: MigrationPlan) async throws(StepFailure) -> SyncedTree {
        try await self.send(
            stream, of: plan, root: plan.places.privateArea,
            state: WorkDirectories(node: self.node, plan: plan).areaState,
            hiding: plan.kind.isCopy ? [] : [BundleFence.configuration])
    }

    /// What an older copy over there has spared the wire.
    private func tell(_ base: BaseReport, _ plan: MigrationPlan) {
        let destination = self.link.destination.host
        self.session.say(
            "CT \(plan.container): \(base.files) files, \(base.bytes) bytes came from an older copy on \(destination)")
        guard !base.problem.isEmpty else { return }
        self.session.say("CT \(plan.container): \(destination) could not use all of it: \(base.problem)")
    }

    /// CRIU's images, as the tree that they are.
    func sendImages(_ plan: MigrationPlan) async throws(StepFailure) -> SyncedTree {
        let directories = WorkDirectories(node: self.node, plan: plan)
        return try await self.send(
            .images, of: plan, root: "\(directories.run)/images", state: directories.imagesState, hiding: [])
    }

    private func send(
        _ stream: BulkStream, of plan: MigrationPlan, root: String, state: String, hiding: [String]
    ) async throws(StepFailure) -> SyncedTree {
        let start = ContinuousClock.now
        let agent = try await self.link.bulk(stream, of: plan.reference)
        defer { agent.close() }
        let session = self.session
        let destination = self.link.destination.host
        let report = try await self.onThisNode(.copyFailed, "send files") {
            let sender = TreeSender(
                root: Array(root.utf8), stateDirectory: Array(state.utf8), hiding: hiding.map { Array($0.utf8) },
                cancellation: session.cancellation)
            do {
                return try sender.send(
                    stream == .warmTree ? .warm : .final, input: agent.input, output: agent.output)
            } catch let error as TreeSyncError {
                throw error.reason == .cancelled
                    ? session.interrupting.reason ?? MigrationSession.signalled
                    : StepFailure(error, root: root, destination: destination)
            }
        }
        if let base = report.base { self.tell(base, plan) }
        return SyncedTree(
            entries: report.files + report.directories, contentBytes: report.bytesSent, wireBytes: report.bytesOnWire,
            nanoseconds: start.duration(to: .now).wholeNanoseconds, digest: report.digest?.digest.hex ?? "")
    }
}

extension StepFailure {
    /// A pass that ended early: where, and on which side.
    init(_ error: TreeSyncError, root: String, destination: String) {
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
