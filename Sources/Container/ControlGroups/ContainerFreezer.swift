internal import CLinux
internal import Glibc
internal import Host

/// The freezer of a container's cgroup, read and written directly: microseconds where `runc pause` takes ten
/// milliseconds.
///
/// runc keeps no "paused" of its own; it reads the same files, so both always agree.
/// See: the kernel's admin-guide/cgroup-v1/freezer-subsystem.rst and admin-guide/cgroup-v2.rst.
package struct ContainerFreezer: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case thawed
        /// Asked for, but some task still runs.
        case freezing
        /// No task runs an instruction.
        case frozen
    }

    package enum Version: Hashable, Sendable {
        case one, two
    }

    /// The directory of the cgroup.
    package let path: String
    package let version: Version

    package init(path: String, version: Version) {
        self.path = path
        self.version = version
    }

    /// From runc's state.json.
    init(stateDocument document: JSONValue) throws(FreezerError) {
        let paths = document["cgroup_paths"]
        if let path = paths?["freezer"]?.text, !path.isEmpty {
            self.init(path: path, version: .one)
        } else if let path = paths?[""]?.text, !path.isEmpty {
            self.init(path: path, version: .two)
        } else {
            throw FreezerError(path: "-", problem: "the runtime names no cgroup with a freezer for this container")
        }
    }

    /// Of a cgroup, by its path below the root of each hierarchy.
    init(group: String) {
        self.init(
            path: ControlGroups.directory(of: group, controller: "freezer"), version: ControlGroups.version)
    }

    /// `nil` where the cgroup is gone, and with it every task.
    package func state() throws(FreezerError) -> State? {
        let file = self.version == .one ? "freezer.state" : "cgroup.events"
        guard let text = try self.read(file) else { return nil }
        switch self.version {
        case .one: return text.hasPrefix("FROZEN") ? .frozen : text.hasPrefix("FREEZING") ? .freezing : .thawed
        case .two:
            if text.contains("frozen 1") { return .frozen }
            return try self.read("cgroup.freeze")?.hasPrefix("1") == true ? .freezing : .thawed
        }
    }

    /// Freezes and waits until no task runs. Nothing is done where it is frozen already.
    /// - Throws: when the time is over first; it is then left freezing.
    package func freeze(timeout: Duration) throws(FreezerError) {
        let deadline = ContinuousClock.now + timeout
        while true {
            switch try self.state() {
            case nil: throw self.error("is gone")
            case .frozen: return
            // Written again each time: on version 1 a task that was just being forked can escape the first attempt.
            case .thawed, .freezing: try self.write(frozen: true)
            }
            if try self.state() == .frozen { return }
            guard ContinuousClock.now < deadline else {
                throw self.error("could not be frozen within \(timeout): a task does not stop (look for state D in ps)")
            }
            usleep(500)
        }
    }

    package func thaw() throws(FreezerError) {
        guard try self.state() != nil else { return }
        try self.write(frozen: false)
    }

    /// What must hold after a checkpoint, also a failed one: still frozen. Where it is not, it is frozen again.
    /// - Returns: `false` if it had to be frozen again, which means that the container ran in between.
    package func assureFrozen(timeout: Duration) throws(FreezerError) -> Bool {
        guard try self.state() != .frozen else { return true }
        try self.freeze(timeout: timeout)
        return false
    }

    /// Every process of the cgroup and of those below it, as this server numbers them, each once: its threads may be in
    /// several of them. Empty where the cgroup is gone.
    package func processes() throws(FreezerError) -> [Int32] {
        var found: Set<Int32> = []
        for group in [self.path] + self.descendants(of: self.path) {
            guard let text = try self.read("cgroup.procs", in: group) else { continue }
            found.formUnion(text.split(separator: "\n").compactMap { Int32($0) }.filter { $0 > 0 })
        }
        return found.sorted()
    }

    /// Ends every task, frozen or not, and waits until none is left.
    ///
    /// The signal is sent before the thaw, so a frozen task finds it before its next instruction and runs none.
    package func destroyTasks(timeout: Duration) throws(FreezerError) {
        let deadline = ContinuousClock.now + timeout
        while true {
            let processes = try self.processes()
            if processes.isEmpty { return }
            for process in processes { kill(process, SIGKILL) }
            try self.thaw()
            self.thawDescendants()
            guard ContinuousClock.now < deadline else {
                throw self.error("tasks \(processes) did not die of SIGKILL within \(timeout)")
            }
            usleep(1000)
        }
    }

    // MARK: - Files

    private func error(_ problem: String) -> FreezerError {
        FreezerError(path: self.path, problem: problem)
    }

    /// `nil` where the cgroup is gone.
    private func read(_ file: String, in group: String? = nil) throws(FreezerError) -> String? {
        do {
            return try SmallFile.text("\(group ?? self.path)/\(file)")
        } catch {
            // A threaded group of version 2 lists no processes; they are in the group above it.
            if error.code == ENOENT || error.code == ENODEV || error.code == EOPNOTSUPP { return nil }
            throw self.error("\(file) cannot be read: \(error)")
        }
    }

    private func write(frozen: Bool) throws(FreezerError) {
        let (file, text) =
            switch self.version {
            case .one: ("freezer.state", frozen ? "FROZEN" : "THAWED")
            case .two: ("cgroup.freeze", frozen ? "1" : "0")
            }
        do {
            try SmallFile.control("\(self.path)/\(file)", text)
        } catch {
            throw self.error("\(text) cannot be written to \(file): \(error)")
        }
    }

    /// A container that has cgroups of its own may have frozen some of them; their tasks would not die.
    private func thawDescendants() {
        for group in self.descendants(of: self.path) {
            try? ContainerFreezer(path: group, version: self.version).write(frozen: false)
        }
    }

    /// One that is gone meanwhile has none.
    private func descendants(of group: String) -> [String] {
        ((try? DurableFile.names(in: group)) ?? []).map { "\(group)/\($0)" }.filter(Self.isDirectory).flatMap { child in
            [child] + self.descendants(of: child)
        }
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

extension ContainerFreezer {
    /// What all processes have in memory; what they share counts for each. One that ends meanwhile counts nothing.
    package func residentBytes() throws(FreezerError) -> UInt64 {
        let pages = try self.processes().reduce(UInt64(0)) { sum, pid in
            // See: 'man 5 proc_pid_statm', field 2.
            guard let text = try? SmallFile.text("/proc/\(pid)/statm", bound: 256) else { return sum }
            let fields = text.split(separator: " ")
            return sum + (fields.count > 1 ? UInt64(fields[1]) ?? 0 : 0)
        }
        return pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    }
}

extension ContainerFreezer {
    /// Takes the container's TCP sockets out of the repair mode in which a CRIU that was killed leaves them: the thawed
    /// processes would be refused every read and write, and their peers' next byte would end the connections.
    package func endSocketRepair() throws(FreezerError) {
        for pid in try self.processes() where vz_end_tcp_repair(pid) < 0 {
            guard errno == ESRCH || errno == ENOENT else {
                throw FreezerError(
                    path: self.path,
                    problem: "the connections of process \(pid) cannot be taken out of repair: "
                        + String(cString: strerror(errno)))
            }
        }
    }
}

/// Why the cgroup of a container is not in the state that it should be in.
package struct FreezerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The directory of the cgroup.
    package let path: String
    package let problem: String

    package var description: String { "cgroup \(self.path): \(self.problem)" }
}

/// Connections that the kernel has taken for a listener of a container, and the listener has not accepted yet: CRIU
/// refuses to dump them ("In-flight connection").
package struct PendingConnections {
    private let process: Int32

    /// - Parameter process: any of the network namespace, as this server numbers it.
    package init(at process: Int32) { self.process = process }

    /// Whether there are any; what cannot be read has none.
    package var exist: Bool { ["tcp", "tcp6"].contains { self.exist(in: "/proc/\(self.process)/net/\($0)") } }

    /// A listener's receive queue is the number of those that wait. See: 'man 5 proc_pid_net', tcp.
    private func exist(in table: String) -> Bool {
        // Listeners come first.
        let lines = (try? SmallFile.text(table, bound: 256 << 10))?.split(separator: "\n").dropFirst() ?? []
        return lines.contains { line in
            let columns = line.split(separator: " ")
            guard columns.count > 4, columns[3] == Self.listening else { return false }
            return columns[4].split(separator: ":").last?.contains { $0 != "0" } ?? false
        }
    }

    /// TCP_LISTEN in hexadecimal. See: <linux/tcp_states.h>.
    private static let listening = "0A"
}
