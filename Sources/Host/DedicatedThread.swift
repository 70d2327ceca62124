internal import CLinux
internal import Dispatch
internal import Glibc
internal import Synchronization

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

/// Runs a body that blocks on a fresh thread of its own, so that it holds up no thread of the cooperative pool.
///
/// A task that is cancelled meanwhile waits on: the body is not interrupted, and a thread cannot be. Whoever wants the
/// body to end closes the descriptors that it reads and writes, and the body's next call fails.
///
/// - Parameters:
///   - name: of the thread, for `ps -L` and debuggers; Linux keeps the first 15 bytes.
///   - body: what blocks. It runs once.
/// - Returns: what the body returned.
/// - Throws: what the body threw, and nothing else.
package func runBlocking<T: Sendable, E>(
    named name: String,
    _ body: @Sendable @escaping () throws(E) -> T
) async throws(E) -> T {
    let result: Result<T, E> = await withCheckedContinuation { continuation in
        startThread(named: name) { continuation.resume(returning: Result(catching: body)) }
    }
    return try result.get()
}

/// What a new thread is handed: its name and its work.
private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

/// Starts a detached thread that runs `body` once and ends.
///
/// A process that may not have another thread is beyond what a caller can mend, so that stops the program.
///
/// - Parameters:
///   - name: shown by `ps -L` and debuggers; Linux keeps the first 15 bytes.
///   - body: what the thread runs.
package func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    do throws(SystemFailure) {
        try JoinableThread(named: name, body).detach()
    } catch {
        preconditionFailure("could not start the thread \(name): \(error)")
    }
}

/// A thread that runs one body once and ends: every thread of this program begins here. Whoever has it joins or
/// detaches it, exactly once.
package struct JoinableThread: Sendable {
    private let thread: pthread_t

    /// - Parameters:
    ///   - name: shown by `ps -L` and debuggers; Linux keeps the first 15 bytes.
    ///   - body: what the thread runs.
    /// - Throws: why there is none.
    package init(named name: String, _ body: @escaping @Sendable () -> Void) throws(SystemFailure) {
        let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let start = Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
                vz_name_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw SystemFailure(code)
        }
        self.thread = thread
    }

    /// Waits for the end of the body.
    package func join() { pthread_join(self.thread, nil) }

    func detach() { pthread_detach(self.thread) }
}
