/// A serial executor that is one named thread: an actor on it may call what blocks, one call at a time.
///
/// The thread starts with the first job and ends with the executor's last reference, after the jobs that are queued.
/// The actor keeps it in a stored property and returns it from `unownedExecutor`.
package final class DedicatedThread: SerialExecutor {
    private let name: String
    private let queue = JobQueue()

    package init(named name: String) {
        self.name = name
    }

    deinit {
        self.queue.finish()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let isFirst = self.queue.append(JobQueue.Entry(job: UnownedJob(job), executor: self))
        guard isFirst else { return }
        startThread(named: self.name) { [queue] in
            while let entry = queue.next() {
                entry.job.runSynchronously(on: entry.executor.asUnownedSerialExecutor())
            }
        }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }
}
