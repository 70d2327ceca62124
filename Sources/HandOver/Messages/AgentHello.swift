/// The first frame of every conversation: who calls, and for what.
package struct AgentHello: Codable, Hashable, Sendable {
    /// Raised with every change that an older agent would misread.
    package static let currentVersion = 4

    package let version: Int
    /// The version of the program, for people.
    package let tool: String
    /// The caller's node: the UUID of its journal.
    package let node: String
    package let purpose: Purpose

    /// What the session is for. One control session leads; bulk sessions attach to what it had accepted.
    package enum Purpose: Codable, Hashable, Sendable {
        case control
        case bulk(HandOverReference, BulkStream)
        /// The pages of its processes: rounds while it runs, then the last pass, in the format of `MemoryMessage`.
        case memory(HandOverReference)
        /// The pages that follow it when it runs at the destination, in the format of `PageMessage`.
        case pages(HandOverReference)
        /// That many random bytes, to measure throughput.
        case measure(Int)
    }

    package init(tool: String, node: String, purpose: Purpose) {
        self.version = Self.currentVersion
        self.tool = tool
        self.node = node
        self.purpose = purpose
    }
}

/// What travels on a bulk session, after hello and welcome, in the format of `TreeSender`.
package enum BulkStream: String, Codable, Sendable {
    /// The private area, while the container may change it.
    case warmTree
    /// The private area, frozen: nothing may change any more.
    case finalTree
    /// CRIU's images, without the pages of processes.
    case images
}

/// Names a hand-over in every message: an agent refuses a lower epoch than it has seen for the container.
package struct HandOverReference: Codable, Hashable, Sendable {
    /// 32 hexadecimal digits.
    package let id: String
    package let epoch: UInt64

    package init(id: String, epoch: UInt64) {
        self.id = id
        self.epoch = epoch
    }
}

/// The agent's answer to hello.
package struct AgentWelcome: Codable, Hashable, Sendable {
    package let version: Int
    package let tool: String
    package let node: String
    /// Hand-overs of the agent's journal that have not ended, whoever their source is.
    package let unfinished: [HandOverReference]

    package init(tool: String, node: String, unfinished: [HandOverReference]) {
        self.version = AgentHello.currentVersion
        self.tool = tool
        self.node = node
        self.unfinished = unfinished
    }
}

/// The answer to hello: welcome, or why this agent will not talk.
package enum AgentGreeting: Codable, Hashable, Sendable {
    case welcome(AgentWelcome)
    case refused(StepFailure)
}

/// A message with the places of both journals: whoever receives it keeps the sender's, and finds out whether its own is
/// still the one that the sender has seen.
package struct Envelope<Message: Codable & Sendable>: Codable, Sendable {
    /// The sender's chain head, as `number:digits`.
    package let head: String
    /// The furthest head of the receiver's journal that the sender has on record; `nil` for none.
    package let yours: String?
    package let message: Message

    package init(head: String, yours: String?, _ message: Message) {
        self.head = head
        self.yours = yours
        self.message = message
    }
}
