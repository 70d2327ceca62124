internal import Glibc
internal import Host
internal import Transfer

/// The images of one checkpoint, as far as we must understand them: which processes were stopped by a signal at the
/// time.
package struct CheckpointImages: Hashable, Sendable {
    /// In bytes; CRIU's core images are a few KiB.
    private static let imageBound = 1 << 20
    /// TASK_STOPPED in CRIU's include/criu-constants.h; it is the state of a process that SIGSTOP or a terminal
    /// stopped.
    private static let stopped: UInt64 = 3

    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// The processes that were stopped at the checkpoint, as numbered inside the container: those that CRIU found
    /// stopped, and those that `StoppedTasks.wake` had to wake for it.
    package func stoppedProcesses() throws(BundleError) -> Set<Int32> {
        var found: Set<Int32> = []
        do {
            found = try StoppedTasks.read(self.path)
        } catch {
            throw BundleError(file: self.path, problem: error.problem)
        }
        for name in try self.coreImages() {
            guard let pid = Int32(name.dropFirst("core-".count).dropLast(".img".count)) else { continue }
            if try self.taskState(name) == Self.stopped { found.insert(pid) }
        }
        return found
    }

    /// Threads have a core image too, without the part that holds the state of the process.
    private func taskState(_ name: String) throws(BundleError) -> UInt64? {
        do {
            let image = try SmallFile.read("\(self.path)/\(name)", bound: Self.imageBound)
            var entries = try ImageEntries(image, magic: ImageEntries.coreMagic)
            guard let entry = try entries.next() else { throw ImageError(problem: "it is cut short") }
            // core_entry.tc = 3, task_core_entry.task_state = 1. See: CRIU's images/core.proto.
            guard case .bytes(let tasks)? = try ProtobufReader.field(3, of: entry) else { return nil }
            guard case .number(let state)? = try ProtobufReader.field(1, of: tasks) else {
                throw ImageError(problem: "it holds no task state")
            }
            return state
        } catch let error as ImageError {
            throw BundleError(file: "\(self.path)/\(name)", problem: "is not a usable core image: \(error.problem)")
        } catch {
            throw BundleError(file: "\(self.path)/\(name)", problem: "cannot be read: \(error)")
        }
    }

    private func coreImages() throws(BundleError) -> [String] {
        let all: [String]
        do { all = try DurableFile.names(in: self.path) } catch {
            throw BundleError(file: self.path, problem: "cannot be listed: \(SystemFailure(error.errno))")
        }
        let names = all.filter { $0.hasPrefix("core-") && $0.hasSuffix(".img") }
        guard !names.isEmpty else { throw BundleError(file: self.path, problem: "holds no core images of CRIU's") }
        return names.sorted()
    }
}

/// The processes of a container that was restored with every one of them stopped, and is frozen since.
///
/// Release means: those that were not stopped at the checkpoint get SIGCONT (they stay frozen), and then the cgroup is
/// thawed. No instruction of the container runs before that thaw.
package struct RestoredTasks: Hashable, Sendable {
    private let freezer: ContainerFreezer
    /// The first process as this server numbers it.
    private let initPid: Int32

    package init(freezer: ContainerFreezer, initPid: Int32) {
        self.freezer = freezer
        self.initPid = initPid
    }

    /// Whether every process is stopped by a signal: then no instruction of the container has run since its restore.
    package func areAllStopped() throws(FreezerError) -> Bool { try self.processes().allSatisfy(\.isStopped) }

    /// Passes where every process is stopped by a signal: what a restore that leaves them stopped must have left.
    package func assureAllStopped() throws(FreezerError) {
        let running = try self.processes().filter { !$0.isStopped }
        guard running.isEmpty else {
            throw self.error("processes \(running.map(\.outside)) were restored but not left stopped")
        }
    }

    /// The processes that `release` lets go, as this server numbers them; may be asked long before, so that little is
    /// left.
    package func processesToContinue(stoppedAtCheckpoint: Set<Int32>) throws(FreezerError) -> [Int32] {
        try self.processes().filter { !stoppedAtCheckpoint.contains($0.inside) }.map(\.outside)
    }

    /// Lets the container run on where the checkpoint found it.
    package func release(_ processes: [Int32]) throws(FreezerError) {
        guard try self.freezer.state() == .frozen else {
            throw self.error("is not frozen: the container may have been let go by someone else")
        }
        for process in processes {
            guard kill(process, SIGCONT) == 0 else {
                throw self.error("process \(process) could not be continued: \(SystemFailure(errno))")
            }
        }
        try self.freezer.thaw()
    }

    private func error(_ problem: String) -> FreezerError {
        FreezerError(path: self.freezer.path, problem: problem)
    }

    private func processes() throws(FreezerError) -> [TaskList.Process] {
        try TaskList(freezer: self.freezer, initPid: self.initPid).processes()
    }
}
