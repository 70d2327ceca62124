internal import Glibc
internal import HostAccess

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
