internal import Glibc
internal import Host

/// The processes of a container, each by its number on this server and its number inside.
package struct TaskList {
    package struct Process: Hashable {
        package let outside: Int32
        package let inside: Int32
        /// Stopped by a signal, whether frozen since or not.
        let isStopped: Bool
    }

    private let freezer: ContainerFreezer
    private let initPid: Int32

    /// `initPid` is the first process as this server numbers it.
    package init(freezer: ContainerFreezer, initPid: Int32) {
        self.freezer = freezer
        self.initPid = initPid
    }

    /// Those that there are; one that ends meanwhile is left out.
    /// - Throws: where the first process is gone, or one is in the cgroup and not in the container.
    package func processes() throws(FreezerError) -> [Process] {
        guard let depth = try self.numbers(of: self.initPid)?.count else {
            throw self.error("process \(self.initPid) is gone")
        }
        var found: [Process] = []
        for pid in try self.freezer.processes() {
            guard let numbers = try self.numbers(of: pid), let isStopped = try self.isStopped(pid) else { continue }
            guard depth >= 1, numbers.count >= depth else {
                throw self.error("process \(pid) is not in the container's process namespace")
            }
            found.append(Process(outside: pid, inside: numbers[depth - 1], isStopped: isStopped))
        }
        return found
    }

    /// A frozen process shows state D on version 1 whatever it was before; where it waits in the kernel tells.
    private func isStopped(_ pid: Int32) throws(FreezerError) -> Bool? {
        guard let line = try self.line("State:", of: pid) else { return nil }
        let letter = line.drop { $0 == " " || $0 == "\t" }.first
        if letter == "T" { return true }
        guard letter == "D" else { return false }
        return (try? SmallFile.text("/proc/\(pid)/wchan", bound: 256))?.contains("do_signal_stop") ?? false
    }

    /// A process's number in each namespace that it is in, ours first. See: 'man 5 proc_pid_status', NSpid.
    private func numbers(of pid: Int32) throws(FreezerError) -> [Int32]? {
        try self.line("NSpid:", of: pid)?.split { $0 == "\t" || $0 == " " }.compactMap { Int32($0) }
    }

    /// `nil` where the process is gone.
    private func line(_ name: String, of pid: Int32) throws(FreezerError) -> Substring? {
        do throws(SystemFailure) {
            let status = try SmallFile.text("/proc/\(pid)/status", bound: 65536)
            return status.split(separator: "\n").first { $0.hasPrefix(name) }?.dropFirst(name.count)
        } catch {
            guard error.code == ENOENT || error.code == ESRCH else {
                throw self.error("the status of process \(pid) cannot be read: \(error)")
            }
            return nil
        }
    }

    private func error(_ problem: String) -> FreezerError {
        FreezerError(path: self.freezer.path, problem: problem)
    }
}

/// The processes of a frozen container that a signal had stopped (SIGSTOP, Ctrl-Z) before the freeze.
///
/// On cgroup version 1 a checkpoint hangs for ever on such a process: ptrace(2) waits for it to change from stopped to
/// traced, and the freezer does not let it. So they are woken under the freeze, where they run nothing, and are noted
/// beside the images: the restored container leaves them stopped, and a rollback stops them again before it thaws.
package struct StoppedTasks: Hashable, Sendable {
    /// The name of the note among the images. One number a line, as inside the container.
    static let note = "vzmigrate-stopped"

    private let freezer: ContainerFreezer
    private let initPid: Int32

    /// `initPid` is the first process of the container as this server numbers it.
    package init(freezer: ContainerFreezer, initPid: Int32) {
        self.freezer = freezer
        self.initPid = initPid
    }

    /// Wakes those that are stopped, under the freeze, after their numbers are on disk among the images.
    /// To be called once, between the freeze and the checkpoint. Nothing is done on version 2, whose checkpoint does
    /// not hang.
    /// - Returns: how many they are.
    package func wake(notingIn images: String) throws(FreezerError) -> Int {
        guard self.freezer.version == .one else { return 0 }
        guard try self.freezer.state() == .frozen else {
            throw FreezerError(path: self.freezer.path, problem: "is not frozen: processes would run")
        }
        let stopped = try TaskList(freezer: self.freezer, initPid: self.initPid).processes().filter(\.isStopped)
        guard !stopped.isEmpty else { return 0 }
        try self.write(stopped.map(\.inside), into: images)
        for process in stopped { kill(process.outside, SIGCONT) }
        return stopped.count
    }

    /// Stops again what `wake` woke, before a thaw that lets the original run on. Done where nothing was noted.
    package func stopAgain(notedIn images: String) throws(FreezerError) {
        let noted = try Self.read(images)
        guard !noted.isEmpty else { return }
        let processes = try TaskList(freezer: self.freezer, initPid: self.initPid).processes()
        for process in processes where noted.contains(process.inside) { kill(process.outside, SIGSTOP) }
    }

    /// What was noted; empty where no process was stopped.
    static func read(_ images: String) throws(FreezerError) -> Set<Int32> {
        do {
            let text = try SmallFile.text("\(images)/\(Self.note)")
            return Set(text.split(separator: "\n").compactMap { Int32($0) })
        } catch {
            if error.code == ENOENT { return [] }
            throw FreezerError(path: images, problem: "\(Self.note) cannot be read: \(error)")
        }
    }

    private func write(_ numbers: [Int32], into images: String) throws(FreezerError) {
        let directory = open(images, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(directory) }
        do {
            guard directory >= 0 else { throw SystemFailure(errno) }
            let text = numbers.map { "\($0)\n" }.joined()
            try SmallFile.create(below: directory, Self.note, Array(text.utf8), mode: 0o600)
            guard fsync(directory) == 0 else { throw SystemFailure(errno) }
        } catch {
            throw FreezerError(path: images, problem: "\(Self.note) cannot be written: \(error)")
        }
    }
}
