internal import Glibc
internal import Synchronization

/// Stops a program around each append to its journal. See: append-stop/append-stop.c.
enum AppendStop {
    enum Place: String, Sendable {
        /// A deed is done and not yet recorded; an intent is not yet recorded.
        case before = "b"
        /// What was appended is on the disk, and nothing has followed from it.
        case after = "a"
    }

    static let library = "/usr/local/lib/append-stop.so"

    /// Compiles the library and puts it on both nodes.
    static func install() throws {
        let source = "\(Lab.repository)/Tests/IntegrationTests/append-stop/append-stop.c"
        let made = Node.node1.disk("/vz/dump/append-stop.so")
        let compiler = try Command.run(["gcc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", made, source])
        guard compiler.status == 0 else { throw LabError("append-stop.c does not compile: \(compiler)") }
        try Command.run(["cp", made, Node.node2.disk("/vz/dump/append-stop.so")])
        for node in [Node.node1, .node2] { try node.shell("install -D /vz/dump/append-stop.so $1", self.library) }
    }
}

/// A program of ours on a node that stands still at each append to the journal until it is told to go on.
///
/// The test owns the pace, so whatever it looks at between two steps is what there is in that phase.
final class SteppedProgram {
    private static let made = Mutex(0)

    let node: Node
    let container: String
    private let name: String
    private let places: String
    private var stops = 0
    private var process: pid_t?

    init(_ name: String, on node: Node, stopping place: AppendStop.Place, of container: TestContainer) {
        let number = Self.made.withLock { count in
            count += 1
            return count
        }
        (self.node, self.name, self.container) = (node, name, container.id)
        self.places = "/vz/dump/stops-\(number)"
        self.variables = ["LD_PRELOAD=\(AppendStop.library)", "APPEND_STOP=\(place.rawValue):\(self.places)"]
    }

    /// What its environment must hold.
    let variables: [String]

    /// Waits until it stands still again.
    ///
    /// - Returns: the kind of the last event in its journal; `nil` if `hasEnded` says so before.
    func stand(orEnd hasEnded: () -> Bool) throws -> String? {
        self.stops += 1
        try wait(for: "\(self.name) to append event \(self.stops)") {
            if hasEnded() && self.count < self.stops { return true }
            guard self.count >= self.stops else { return false }
            self.process = self.node.processes(named: self.name).first { Self.isStopped($0) }
            return self.process != nil
        }
        if self.count < self.stops { return nil }
        return try self.node.journal(of: self.container).last?.kind ?? ""
    }

    /// Lets a program that stands go on.
    func goOn() { self.signal(SIGCONT) }

    func signal(_ number: Int32) {
        if let process = self.process { Glibc.kill(process, number) }
    }

    private var count: Int {
        var status = stat()
        return stat(self.node.disk(self.places), &status) == 0 ? Int(status.st_size) : 0
    }

    private static func isStopped(_ process: pid_t) -> Bool {
        guard let text = readFile("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return false }
        return text[end...].dropFirst(2).first == "T"
    }
}

/// A vzmigrate that stands still at each event.
final class SteppedMigration {
    private let program: SteppedProgram
    private let command: Command

    init(of container: TestContainer, _ arguments: [String], stopping place: AppendStop.Place = .after) throws {
        self.program = SteppedProgram("vzmigrate", on: .node1, stopping: place, of: container)
        // Whoever looks around between two events takes longer than a container may stand frozen.
        let patience = arguments.contains("--online") ? ["--freeze-timeout", "600"] : []
        self.command = try Node.node1.start(["env"] + self.program.variables + ["vzmigrate"] + patience + arguments)
    }

    /// Goes on to the next event. `nil`: it has ended.
    func step() throws -> String? {
        self.program.goOn()
        let command = self.command
        return try self.program.stand { command.hasEnded }
    }

    /// Goes on until the last event is of this kind.
    func run(to kind: String) throws {
        while let event = try self.step() { if event == kind { return } }
        throw LabError("it ended without \(kind): \(self.command.wait())")
    }

    /// Every kind of event on the way to the end, each looked at while it stands still.
    func walk(_ look: (String) throws -> Void) throws -> CommandOutcome {
        while let event = try self.step() { try look(event) }
        return self.command.wait()
    }

    func signal(_ number: Int32) { self.program.signal(number) }

    /// Lets it run to its end without a further look.
    func end() throws -> CommandOutcome { try self.walk { _ in } }

    func kill() -> CommandOutcome {
        self.program.signal(SIGKILL)
        return self.command.wait()
    }
}
