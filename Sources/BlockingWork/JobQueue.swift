internal import Dispatch
internal import Synchronization

/// The jobs of one `DedicatedThread`, in the order in which they came.
final class JobQueue: Sendable {
    /// A job and its executor, which must live for as long as the job has not run.
    struct Entry {
        let job: UnownedJob
        let executor: DedicatedThread
    }

    private struct State {
        var entries: [Entry] = []
        var isStarted = false
        var isFinished = false
    }

    private let state = Mutex(State())
    private let filled = DispatchSemaphore(value: 0)

    /// Adds a job at the end.
    ///
    /// - Parameter entry: the job.
    /// - Returns: whether it is the first one ever, so that a thread must be started.
    func append(_ entry: Entry) -> Bool {
        let isFirst = self.state.withLock { state in
            state.entries.append(entry)
            defer { state.isStarted = true }
            return !state.isStarted
        }
        self.filled.signal()
        return isFirst
    }

    /// Lets `next()` return `nil` once the queue is empty.
    func finish() {
        self.state.withLock { $0.isFinished = true }
        self.filled.signal()
    }

    /// Waits for a job and takes it.
    ///
    /// - Returns: the oldest job, or `nil` when there will be no more.
    func next() -> Entry? {
        while true {
            self.filled.wait()
            let (entry, isFinished) = self.state.withLock { state in
                (state.entries.isEmpty ? nil : state.entries.removeFirst(), state.isFinished)
            }
            if entry != nil || isFinished { return entry }
        }
    }
}
