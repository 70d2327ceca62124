import HandOver
import Supervisor
import Transfer

/// One server of a simulation: what is on its disk, what is in its memory, and who is at work on it.
///
/// `@unchecked`: a simulation runs on one thread, see `SimulationThread`; so do all classes of it.
final class SimulatedNode: @unchecked Sendable {
    let name: String
    let journal: SimulatedJournal

    /// What a power loss leaves.
    var disk = Disk()
    /// What a power loss takes.
    var memory = Memory()
    var isUp = true
    /// Who holds a container's lock; a dead process holds nothing.
    var locks: [ContainerID: Lock] = [:]
    /// Who has the posts of guardians.
    var posts: [GuardianPost: SimulatedProcess] = [:]
    var processes: [SimulatedProcess] = []
    /// Whether programs of ours were ended here that nobody was left to go on for: somebody has to type.
    var isStruck = false

    init(_ name: String, identity: String, codec: Bool, syncs: Bool) {
        self.name = name
        self.journal = SimulatedJournal(identity: identity, codec: codec, syncs: syncs)
    }

    struct Lock {
        let process: SimulatedProcess
        /// As its file says.
        let purpose: String
    }

    struct Disk {
        var configuration: Configuration?
        /// The private area on this disk, or the one on the storage that all nodes share.
        var area: Area? {
            get { self.storage.map(\.area) ?? self.ownArea }
            set {
                guard let storage = self.storage else { return self.ownArea = newValue }
                storage.change(to: newValue)
            }
        }
        private var ownArea: Area?
        /// `nil` where each node has its own.
        var storage: SharedStorage?
        var incoming: Area?
        var condemned: Area?
        var archives: [Area] = []
        var archivedConfigurations = 0
        /// The index that belongs to `incoming`.
        var areaIndex: String?
        /// Migrations that have directories here.
        var directories: Set<String> = []
    }

    /// What all nodes have of a container whose storage they share: one area, which is there all the time.
    final class SharedStorage: @unchecked Sendable {
        // One simulation runs on one thread.
        private(set) var area: Area
        /// Whether anybody has made, renamed or removed it.
        private(set) var isTouched = false
        /// Who sees the file that lies beside it for a moment.
        var probe: String?

        init(_ area: Area) { self.area = area }

        func change(to new: Area?) {
            guard let new, new.id == self.area.id, new.isDurable, !new.isTorn else { return self.isTouched = true }
            self.area = new
        }
    }

    struct Configuration: Equatable {
        /// Its file's name.
        var id: ContainerID
        var identity: String
        var isDisabled: Bool
    }

    /// A private area: `content` counts what the container wrote.
    struct Area: Equatable {
        var content: Int
        /// Of its path; `nil` while it is received, when the path is `incoming`'s.
        var id: ContainerID?
        /// Whether all of it is on the platter: what is not is torn by a power loss.
        var isDurable: Bool
        var isTorn = false
        /// The migration that raised it.
        var fence: String?
    }

    struct Memory {
        var processes: Processes?
        /// The memory that a checkpoint found.
        var images: Int?
        /// The memory that the latest pass has brought here.
        var pages: Int?
        var isThrottled = false
        /// What has become of the pages that follow the container here.
        var following = PagesDirectory.State.none
        var arrivalMark: String?
        var hasRunDirectory = false
    }

    /// The container's processes: `memory` counts what they did.
    struct Processes {
        var memory: Int
        var isFrozen = false
        /// Created and not started, or restored and not let go: there is nothing to run when it is thawed.
        var isWaiting = false
        var isPlugged = true
        var isRestored = false
        /// Whether some of its memory is still at its source.
        var lacksPages = false
        /// Started after the migration was planned.
        var isAnew = false

        var canRun: Bool { !self.isFrozen && !self.isWaiting }
    }

    /// Whether an instruction of the container can run here now.
    var isRunning: Bool { self.memory.processes?.canRun == true }

    func losePower() {
        self.isUp = false
        self.endPrograms()
        self.memory = Memory()
        self.journal.losePower()
        if self.disk.storage == nil { self.disk.area = Self.torn(self.disk.area) }
        self.disk.incoming = Self.torn(self.disk.incoming)
    }

    /// Every program of ours ends at once.
    func endPrograms() {
        for process in self.processes { process.end() }
        (self.locks, self.posts, self.isStruck) = ([:], [:], true)
    }

    private static func torn(_ area: Area?) -> Area? {
        guard var area, !area.isDurable else { return area }
        area.isTorn = true
        return area
    }
}

/// A running vzmigrate or vzmigrate-agent: what it does has no effect any more once it is dead.
final class SimulatedProcess: @unchecked Sendable {
    let name: String
    let node: SimulatedNode
    /// Whom an agent serves; `nil` for every other program.
    let peer: SimulatedNode?
    let kind: Kind
    /// By which others know it.
    let number: Int32
    private(set) var isAlive = true
    /// Called once, at its end.
    private var atEnd: [() -> Void] = []
    /// Whether it waits for a peer that has long hung up, and the network does not tell it.
    var isForgotten = false

    enum Kind {
        /// vzmigrate, which has a guardian.
        case worker
        case guardian
        case agent
    }

    init(
        _ name: String, _ kind: Kind = .worker, number: Int32 = 0, on node: SimulatedNode,
        serving peer: SimulatedNode? = nil
    ) {
        (self.name, self.kind, self.number) = (name, kind, number)
        self.node = node
        self.peer = peer
        node.processes.append(self)
    }

    func end() {
        guard self.isAlive else { return }
        self.isAlive = false
        self.node.processes.removeAll { $0 === self }
        self.node.locks = self.node.locks.filter { $0.value.process !== self }
        self.node.posts = self.node.posts.filter { $0.value !== self }
        for call in self.atEnd { call() }
        self.atEnd = []
    }

    /// At once if it has ended.
    func atEnd(_ call: @escaping () -> Void) {
        guard self.isAlive else { return call() }
        self.atEnd.append(call)
    }
}

/// Thrown into a dead process so that it comes to its end; nothing of it is seen outside.
struct ProcessDied: Error {}
