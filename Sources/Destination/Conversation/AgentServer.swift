internal import Engine
internal import HandOver
internal import Host
internal import Journal
package import SystemPackage
internal import Transfer

/// One run of vzmigrate-agent: the conversation on its standard streams, from hello to the end of its input.
package struct AgentServer: Sendable {
    private let node: DestinationNode
    private let input: FileDescriptor
    private let output: FileDescriptor

    package init(node: DestinationNode, input: FileDescriptor, output: FileDescriptor) {
        self.node = node
        self.input = input
        self.output = output
    }

    /// Serves the conversation.
    ///
    /// - Throws: `FrameError` or `StepFailure`: why it could not go on. The source has been told, if it could be.
    package func run() async throws {
        let channel = AgentChannel(input: self.input, output: self.output, journal: self.node.journal)
        guard let hello = try await channel.receive(AgentHello.self, journal: nil) else { return }
        guard hello.version == AgentHello.currentVersion else {
            let sentence =
                "vzmigrate there speaks version \(hello.version) of the protocol and vzmigrate-agent here "
                + "\(AgentHello.currentVersion) (\(self.node.tool)); install the same version on both servers"
            return try await channel.send(AgentGreeting.refused(StepFailure(.agentUnusable, sentence)))
        }
        channel.know(UniqueID(parsing: hello.node))
        switch hello.purpose {
        case .control: try await self.serveControl(channel, UniqueID(parsing: hello.node))
        case .bulk(let reference, let stream):
            let (input, output) = (self.input, self.output)
            try await self.serve(channel, reference) { try $0.receive(stream, input: input, output: output) }
        case .pages(let reference):
            let (input, output) = (self.input, self.output)
            try await self.serve(channel, reference, in: Self.statesOfPages) { arrival in
                try arrival.receivePages(input: input, output: output)
            }
        case .measure(let bytes):
            try await channel.send(self.welcome([]))
            try await ThroughputProbe(input: self.input, output: self.output).take(min(bytes, ThroughputProbe.limit))
        case .memory(let reference):
            let (input, output) = (self.input, self.output)
            try await self.serve(channel, reference) { try $0.receiveMemory(input: input, output: output) }
        }
    }

    private func serveControl(_ channel: AgentChannel, _ source: UniqueID?) async throws {
        let unfinished = try self.node.journal.openMigrations(as: DestinationMigration.self)
        try await channel.send(self.welcome(unfinished.map { Self.reference(of: $0) }))
        let conversation = ControlConversation(host: self.node, peer: channel.peer)
        do {
            while let request = try await channel.receive(
                AgentRequest.self, journal: source, patience: try await conversation.patience())
            {
                if let refusal = channel.refusal {
                    try await channel.send(AgentAnswer.refused(refusal))
                } else {
                    try await channel.send(conversation.answer(request))
                }
            }
        } catch {
            try await conversation.end()
            throw error
        }
        try await conversation.end()
    }

    /// From the restore on.
    private static let statesOfPages: Set<DestinationPhase> = [
        .accepted, .prepared, .committed, .resumed, .completed,
    ]

    /// Receives what belongs to a hand-over that was accepted.
    private func serve(
        _ channel: AgentChannel, _ reference: HandOverReference, in states: Set<DestinationPhase> = [.accepted],
        _ receive: @escaping @Sendable (LocalDestinationSite) throws -> Void
    ) async throws {
        let migration: DestinationMigration
        do {
            migration = try self.node.migration(reference)
            guard states.contains(migration.phase) else {
                throw StepFailure(
                    .protocolViolated, "migration \(reference.id) is \(migration.stateName) and takes no data")
            }
        } catch let refusal as StepFailure {
            return try await channel.send(AgentGreeting.refused(refusal))
        }
        try await channel.send(self.welcome([]))
        let arrival = LocalDestinationSite(node: self.node, plan: migration.plan)
        try await DestinationSteps(host: self.node).work(.copyFailed) { try receive(arrival) }
    }

    private func welcome(_ unfinished: [HandOverReference]) -> AgentGreeting {
        .welcome(AgentWelcome(tool: self.node.tool, node: self.node.identity, unfinished: unfinished))
    }

    private static func reference(of migration: DestinationMigration) -> HandOverReference {
        HandOverReference(id: migration.migration.description, epoch: migration.epoch)
    }
}

extension DestinationHost {
    /// Replays the migration of a reference.
    ///
    /// - Throws: `StepFailure` if it is none of this node's, or of another epoch.
    func migration(_ reference: HandOverReference) throws -> DestinationMigration {
        guard let id = UniqueID(parsing: reference.id),
            let migration = try self.records.replay(id, as: DestinationMigration.self)
        else {
            throw StepFailure(.protocolViolated, "migration \(reference.id) is not known here")
        }
        guard migration.epoch == reference.epoch else {
            throw StepFailure(
                .protocolViolated, "migration \(reference.id) has epoch \(migration.epoch), not \(reference.epoch)")
        }
        return migration
    }
}

/// What a source sends to find out how fast the way here is: read, forgotten, and answered with one byte.
struct ThroughputProbe: Sendable {
    /// In bytes; no source of ours sends more.
    static let limit = 64 << 20
    let input: FileDescriptor
    let output: FileDescriptor

    func take(_ count: Int) async throws {
        let (input, output) = (self.input, self.output)
        try await runBlocking(named: "throughput probe") {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
            defer { buffer.deallocate() }
            var left = count
            while left > 0 {
                let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)])
                let read = try input.read(into: piece)
                guard read > 0 else { throw Errno.brokenPipe }
                left -= read
            }
            try output.writeAll([1])
        }
    }
}
