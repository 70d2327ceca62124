/// A fact of the source's journal.
package enum SourceEvent: Hashable, Sendable {
    case planned(MigrationPlan)
    case stepStarted(SourceStep)
    case stepFailed(SourceStep, StepFailure)
    /// vzmigrate ended, or was told to end, between two steps.
    case interrupted(StepFailure)
    /// `waived`: what had failed and was passed over (`--nodeps`).
    case checksPassed(waived: [CheckFinding])
    case destinationAccepted
    case fenceRaised
    case treeSynced(SyncedTree)
    /// One round over the memory of the running container.
    case memorySent(MemoryRound)
    case containerFrozen
    case containerDumped(ContainerDump)
    case destinationPrepared
    /// The one commit point: from here on the source does not let the original go again unless the destination, or an
    /// operator, hands the container back.
    case commitDecided
    case destinationConfirmed(ConfirmedHandOver)
    /// The destination hands the container back: no instruction of it ran there, and none ever will.
    case commitRevoked(StepFailure)
    /// All of the memory is at the destination.
    case postCopyFinished(PostCopyResult)
    /// The rest of the memory will never be at the destination: the original is gone, or it was started anew there.
    case postCopyAbandoned(StepFailure)
    case sourceReleased
    case copyRegistered
    /// The container is here as it was. With `memoryLost` its processes had gone and it was started anew.
    case sourceRolledBack(memoryLost: Bool)
    case abortAcknowledged
    /// An operator decided in the destination's place.
    case assumed(OperatorDecision)
    /// The destination came back with another story than the operator's decision, or than this journal.
    case contradicted(StepFailure)
}

/// What one pass over the private area did.
package struct SyncedTree: Hashable, Codable, Sendable {
    package var entries: UInt64
    /// Bytes of file content that had to be sent, before compression; holes are none.
    package var contentBytes: UInt64
    /// Bytes on the wire, everything included.
    package var wireBytes: UInt64
    private var nanoseconds: UInt64
    /// SHA-256 of the tree as it was sent, in hexadecimal: what the destination holds if it says the same.
    package var digest: String

    package init(
        entries: UInt64 = 0, contentBytes: UInt64 = 0, wireBytes: UInt64 = 0, duration: Duration = .zero,
        digest: String = ""
    ) {
        self.digest = digest
        self.entries = entries
        self.contentBytes = contentBytes
        self.wireBytes = wireBytes
        self.nanoseconds = duration.wholeNanoseconds
    }

    package var duration: Duration {
        get { .nanoseconds(self.nanoseconds) }
        set { self.nanoseconds = newValue.wholeNanoseconds }
    }
}

/// What the destination must hold before it may prepare: SHA-256 digests in hexadecimal.
package struct ContentDigests: Hashable, Codable, Sendable {
    package let treeDigest: String
    /// Of what CRIU has written of it but its memory; `nil` where no memory travels.
    package let imagesDigest: String?
    /// Of all pages of all processes; `nil` where no memory travels.
    package let memoryDigest: String?

    package init(treeDigest: String, imagesDigest: String? = nil, memoryDigest: String? = nil) {
        self.memoryDigest = memoryDigest
        self.treeDigest = treeDigest
        self.imagesDigest = imagesDigest
    }
}

/// A container as it is handed over, stopped or dumped.
package struct ContainerDump: Hashable, Sendable {
    package let content: ContentDigests
    /// The parts of the time that it took, in the order they were begun; parts that ran side by side overlap.
    package let parts: [TimedPart]

    package init(_ content: ContentDigests, parts: [TimedPart] = []) {
        self.content = content
        self.parts = parts
    }
}

extension ContainerDump: Codable {
    private enum CodingKeys: CodingKey {
        case parts
    }

    /// - Parameter decoder: of a row, in which the digests stand beside the parts.
    /// - Throws: where either is missing.
    package init(from decoder: any Decoder) throws {
        self.content = try ContentDigests(from: decoder)
        self.parts = try decoder.container(keyedBy: CodingKeys.self).decode([TimedPart].self, forKey: .parts)
    }

    package func encode(to encoder: any Encoder) throws {
        try self.content.encode(to: encoder)
        var row = encoder.container(keyedBy: CodingKeys.self)
        try row.encode(self.parts, forKey: .parts)
    }
}

/// The result of post-copy, in pages.
package struct PostCopyResult: Hashable, Codable, Sendable {
    /// That were given their content.
    package let placed: UInt64
    /// That the container unmapped, cleared or wrote over itself before they came, or that had gone with it.
    package let dropped: UInt64

    package init(placed: UInt64, dropped: UInt64) {
        self.placed = placed
        self.dropped = dropped
    }
}

/// One part of the time in which the container did not run.
package struct TimedPart: Hashable, Codable, Sendable {
    package let name: String
    private let nanoseconds: UInt64

    package init(_ name: String, _ duration: Duration) {
        self.name = name
        self.nanoseconds = duration.wholeNanoseconds
    }

    package var duration: Duration { .nanoseconds(self.nanoseconds) }
}

/// The destination's confirmation, as the source heard it.
package struct ConfirmedHandOver: Hashable, Codable, Sendable {
    /// Whether the container runs at the destination; a stopped one is only registered.
    package let isRunning: Bool
    private let downtimeNanoseconds: UInt64?
    /// Whether its processes had gone there before it was let go, and it was started anew. Absent in rows means false.
    package let isMemoryLost: Bool
    /// The parts of the downtime beside those of the dump. Absent in rows means none.
    package let parts: [TimedPart]

    private enum CodingKeys: CodingKey {
        case isRunning
        case parts
        case downtimeNanoseconds
        case isMemoryLost
    }

    package init(
        isRunning: Bool, downtime: Duration?, isMemoryLost: Bool = false, parts: [TimedPart] = []
    ) {
        self.parts = parts
        self.isRunning = isRunning
        self.downtimeNanoseconds = downtime?.wholeNanoseconds
        self.isMemoryLost = isMemoryLost
    }

    /// From before the freeze (or stop) until the confirmation was here; `nil` if this process did not see the freeze.
    package var downtime: Duration? { self.downtimeNanoseconds.map { .nanoseconds($0) } }

    package init(from decoder: any Decoder) throws {
        let row = try decoder.container(keyedBy: CodingKeys.self)
        self.isRunning = try row.decode(Bool.self, forKey: .isRunning)
        self.downtimeNanoseconds = try row.decodeIfPresent(UInt64.self, forKey: .downtimeNanoseconds)
        self.isMemoryLost = try row.decodeIfPresent(Bool.self, forKey: .isMemoryLost) ?? false
        self.parts = try row.decodeIfPresent([TimedPart].self, forKey: .parts) ?? []
    }

    package func encode(to encoder: any Encoder) throws {
        var row = encoder.container(keyedBy: CodingKeys.self)
        try row.encode(self.isRunning, forKey: .isRunning)
        try row.encodeIfPresent(self.downtimeNanoseconds, forKey: .downtimeNanoseconds)
        if self.isMemoryLost { try row.encode(true, forKey: .isMemoryLost) }
        if !self.parts.isEmpty { try row.encode(self.parts, forKey: .parts) }
    }
}
