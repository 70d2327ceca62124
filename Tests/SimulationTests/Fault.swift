import TestSupport

/// What goes wrong.
enum Fault: Hashable, Sendable {
    enum Victim: String, CaseIterable, Sendable {
        case source
        case destination
        case both
    }

    /// Death of every process of ours on the node.
    case kill(Victim)
    /// Death of vzmigrate on the source, and of nothing else.
    case killWorker
    /// Of the whole node, with all that was not forced to its platter.
    case losePower(Victim)
    /// The link is cut for a while; silently, nobody is told.
    case cut(silently: Bool)
    case message(LinkFault)
    /// SIGINT of vzmigrate.
    case signal
    /// An hour passes.
    case slowness
    /// The journal's disk does not take the append that comes here.
    case fullDisk
    /// The deed that comes here is not done, and whoever was to do it is told so.
    case failure
    /// Who brings pages after the container dies, and so the container is ended.
    case loseDaemon
    /// For seconds no lock can be opened, on any node, for want of file descriptors.
    case failLocks

    static let all: [Fault] =
        Victim.allCases.map(Fault.kill) + Victim.allCases.map(Fault.losePower)
        + [.cut(silently: false), .cut(silently: true)] + LinkFault.messages.map(Fault.message)
        + [.killWorker, .signal, .slowness, .fullDisk, .failure, .loseDaemon, .failLocks]
}

/// A deed that a node did not do.
struct DeedFailed: Error {}

/// What becomes of the next message.
enum LinkFault: String, Hashable, Sendable {
    /// The connection ends, and both sides hear so.
    case closed
    /// The connection ends, and nobody hears so.
    case silence
    case dropOrder
    case dropAnswer
    case repeatOrder
    /// The order is carried out while its sender has long given it up and orders anew.
    case delayOrder

    static let messages: [LinkFault] = [.dropOrder, .dropAnswer, .repeatOrder, .delayOrder]
}

/// Which faults strike, by the number of the point.
struct FaultPlan: Hashable, Sendable {
    private let faults: [Int: Fault]

    init(_ faults: [Int: Fault] = [:]) { self.faults = faults }

    /// A few faults at random points of the first `points`.
    init(upTo points: Int, from generator: inout SeededGenerator) {
        var faults: [Int: Fault] = [:]
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let point = Int.random(in: 1...points, using: &generator)
            faults[point] = Fault.all.randomElement(using: &generator)
        }
        self.faults = faults
    }

    func due(at point: Int) -> Fault? { self.faults.isEmpty ? nil : self.faults[point] }

    /// The last point at which one strikes; 0 for none.
    var last: Int { self.faults.keys.max() ?? 0 }
}

extension FaultPlan: CustomStringConvertible {
    var description: String {
        self.faults.sorted { $0.key < $1.key }.map { "\($0.value) at \($0.key)" }.joined(separator: ", ")
    }
}

/// An order that is known to be wrong: the simulator has to catch it.
enum Sabotage: String, CaseIterable, Sendable {
    /// Recovery of the source lets the original go although the hand-over was decided.
    case sourceThawsAfterDecision
    /// The destination lets the container go as soon as it is restored.
    case destinationResumesBeforeCommit
    /// The journal does not wait for the platter (`synchronous=NORMAL`).
    case journalUnforced
    /// The vote is given before what was received is on the platter.
    case voteBeforeDurable
    /// A destination that discards what it prepared lowers the fence of an area that is shared.
    case discardLowersFence
    /// It removes it.
    case discardRemovesArea
    /// The fence is not raised.
    case noFence
    /// A guardian that finds the post taken leaves, and leaves what it knows of to nobody.
    case guardianLeaves
    /// A guardian that cannot look whether the post is taken leaves as well.
    case unknownPostIsTaken
    /// Whoever cannot look who has a container's lock takes it for held.
    case unknownLockIsHeld
}
