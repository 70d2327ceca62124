/// An order or a question of the source.
package enum AgentRequest: Codable, Hashable, Sendable {
    /// Whether the container's area is there already. Comes before everything else.
    case seek(SoughtArea)
    case inspect(IncomingContainer, InspectionQuestions)
    case accept(HandOverReference, AcceptedContainer)
    case prepare(HandOverReference, ContentDigests)
    case commit(HandOverReference)
    case abort(HandOverReference, because: String)
    /// Its source's operator wants a container back whose memory has not all come: it is ended here, before its
    /// original goes on there.
    case recall(HandOverReference, because: String)
    case complete(HandOverReference)
}

/// What the agent answers.
package enum AgentAnswer: Codable, Hashable, Sendable {
    case sought(AreaSighting)
    case inspected(NodeInspection)
    case done
    /// `followed`: how the memory that followed has arrived; `nil` where none did, or not all of it has.
    case activated(isRunning: Bool, memoryLost: Bool, followed: PostCopyResult? = nil)
    /// To a commit: no instruction of the container ran here, and none ever will.
    case handedBack(StepFailure)
    /// To an abort: the container was let go here, on an operator's word or before this journal was cut short.
    case contradicted(StepFailure)
    /// Whatever the order had begun is undone, or stays as the journal says.
    case refused(StepFailure)
}

/// The container that wants to come: what the agent compares its node with.
package struct IncomingContainer: Codable, Hashable, Sendable {
    /// Its id at the destination.
    package var container: String
    package let identity: String
    /// The node that it comes from.
    package let node: String
    /// The source's configuration file, verbatim.
    package let configuration: String
    package var privateArea: String?
    package let root: String?
    /// How far it is brought before the hand-over. Called `arrival` in the message.
    package let preparation: Preparation
    /// How it travels; `nil` from a source that does not say it yet. An agent that does not know the word acts on
    /// the preparation alone.
    package let kind: MigrationKind?
    /// What config.json names and only one container of a node can have: the path of a network namespace, and an
    /// absolute path of control groups. `nil` where it names none.
    package let networkNamespace: String?
    package let controlGroup: String?
    /// Whether the area is there already, because both nodes have it on the same storage.
    package let sharesStorage: Bool

    private enum CodingKeys: String, CodingKey {
        case container, identity, node, configuration, privateArea, root, kind
        case preparation = "arrival"
        case networkNamespace, controlGroup, sharesStorage
    }

    /// How far the container is brought before the hand-over.
    package enum Preparation: String, Codable, Sendable {
        /// Registered, stopped.
        case registered
        /// Created, so that only its start is left.
        case started
        /// Restored from its images, held stopped and frozen.
        case restored
        /// Likewise, and post-copy fetches the rest of its memory when it runs.
        case restoredLazily
        /// Registered under an identity of its own, disabled.
        case copied
    }

    package init(
        container: String, identity: String, node: String, configuration: String, privateArea: String?, root: String?,
        kind: MigrationKind, networkNamespace: String? = nil, controlGroup: String? = nil, sharesStorage: Bool = false
    ) {
        self.sharesStorage = sharesStorage
        self.networkNamespace = networkNamespace
        self.controlGroup = controlGroup
        self.container = container
        self.identity = identity
        self.node = node
        self.configuration = configuration
        self.privateArea = privateArea
        self.root = root
        self.preparation = Preparation(of: kind)
        self.kind = kind
    }
}

extension IncomingContainer.Preparation {
    /// How far a container of that kind is brought before the hand-over.
    package init(of kind: MigrationKind) {
        self =
            switch kind {
            case .stopped, .restarted(starting: false): .registered
            case .restarted(starting: true): .started
            case .online(let type): type.isLazy ? .restoredLazily : .restored
            case .copied: .copied
            }
    }

    /// The kind of a container whose source says no more than this.
    package var kind: MigrationKind {
        switch self {
        case .registered: .stopped
        case .started: .restarted(starting: true)
        case .restored: .online(.simple)
        case .restoredLazily: .online(.lazy)
        case .copied: .copied(whileRunning: false)
        }
    }
}

/// What the agent found. What stands in `failures` is in the way whatever the source has; the rest is for the source to
/// compare.
package struct NodeInspection: Codable, Hashable, Sendable {
    package let failures: [StepFailure]
    /// The highest epoch that the agent's journal has seen for the identity.
    package let highestEpoch: UInt64
    /// `nil` where a failure left nothing to look at.
    package let facts: DestinationFacts?

    package init(failures: [StepFailure], highestEpoch: UInt64, facts: DestinationFacts?) {
        self.failures = failures
        self.highestEpoch = highestEpoch
        self.facts = facts
    }

    /// - Parameter decoder: of the peer's bytes.
    /// - Throws: also where it finds nothing in the way and does not say what it looked at.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.failures = try container.decode([StepFailure].self, forKey: .failures)
        self.highestEpoch = try container.decode(UInt64.self, forKey: .highestEpoch)
        self.facts = try container.decodeIfPresent(DestinationFacts.self, forKey: .facts)
        guard self.facts != nil || !self.failures.isEmpty else {
            throw DecodingError.dataCorruptedError(
                forKey: .facts, in: container, debugDescription: "nothing in the way, and nothing looked at")
        }
    }
}

/// An arriving container whose hand-over begins.
package struct AcceptedContainer: Codable, Hashable, Sendable {
    package let arriving: IncomingContainer
    /// Whether the synced area stays after a failure.
    package let keepsArea: Bool

    package init(arriving: IncomingContainer, keepsArea: Bool) {
        self.arriving = arriving
        self.keepsArea = keepsArea
    }
}
