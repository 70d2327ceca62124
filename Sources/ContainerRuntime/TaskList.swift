internal import Glibc
internal import HostAccess

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
