internal import HostAccess

/// The processes of a container, each by its number on this server and its number inside.
struct TaskList {
    struct Process: Hashable {
        let outside: Int32
        let inside: Int32
        /// Stopped by a signal, whether frozen since or not.
        let isStopped: Bool
    }

    let freezer: ContainerFreezer
    /// The first process as this server numbers it.
    let initPid: Int32

    func processes() throws(FreezerError) -> [Process] {
        let depth = try self.numbers(of: self.initPid).count
        return try self.freezer.processes().map { (pid) throws(FreezerError) in
            let numbers = try self.numbers(of: pid)
            guard depth >= 1, numbers.count >= depth else {
                throw self.error("process \(pid) is not in the container's process namespace")
            }
            return Process(outside: pid, inside: numbers[depth - 1], isStopped: try self.isStopped(pid))
        }
    }

    /// A frozen process shows state D on version 1 whatever it was before; where it waits in the kernel tells.
    private func isStopped(_ pid: Int32) throws(FreezerError) -> Bool {
        let letter = try self.line("State:", of: pid).drop { $0 == " " || $0 == "\t" }.first
        if letter == "T" { return true }
        guard letter == "D" else { return false }
        return (try? SmallFile.text("/proc/\(pid)/wchan", bound: 256))?.contains("do_signal_stop") ?? false
    }

    /// A process's number in each namespace that it is in, ours first. See: 'man 5 proc_pid_status', NSpid.
    private func numbers(of pid: Int32) throws(FreezerError) -> [Int32] {
        try self.line("NSpid:", of: pid).split { $0 == "\t" || $0 == " " }.compactMap { Int32($0) }
    }

    private func line(_ name: String, of pid: Int32) throws(FreezerError) -> Substring {
        guard let status = try? SmallFile.text("/proc/\(pid)/status", bound: 65536),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) })
        else { throw self.error("process \(pid) is gone") }
        return line.dropFirst(name.count)
    }

    private func error(_ problem: String) -> FreezerError {
        FreezerError(path: self.freezer.path, problem: problem)
    }
}
