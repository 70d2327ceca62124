import Synchronization

/// Runs everything of one simulation on the thread that waits for it, one job after the other in the order they came,
/// so that a seed is enough to have a run again.
final class SimulationThread: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])
    private let idle = Mutex<(@Sendable () -> Bool)?>(nil)

    /// Has `wake` called whenever nobody has anything to do now: it lets time pass until somebody has.
    ///
    /// - Parameter wake: returns whether anybody has.
    func whenIdle(_ wake: @escaping @Sendable () -> Bool) { self.idle.withLock { $0 = wake } }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.jobs.withLock { $0.append(job) }
    }

    /// Runs a body, and whatever it starts, to the end.
    ///
    /// A body that waits for something outside of the simulation would wait for ever: that stops the program.
    static func run<Result: Sendable>(_ body: @escaping @Sendable (SimulationThread) async -> Result) -> Result {
        let thread = SimulationThread()
        let result = Mutex<Result?>(nil)
        let box = Box(result)
        Task(executorPreference: thread) {
            let value = await body(thread)
            box.value.withLock { $0 = value }
        }
        thread.drain()
        guard let value = box.value.withLock({ $0 }) else {
            preconditionFailure("a simulation waits for something that is not simulated")
        }
        return value
    }

    private func drain() {
        while true {
            let jobs = self.jobs.withLock { jobs in
                defer { jobs.removeAll(keepingCapacity: true) }
                return jobs
            }
            if jobs.isEmpty {
                guard let wake = self.idle.withLock(\.self), wake() else { return }
                continue
            }
            for job in jobs { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    private final class Box<Value: Sendable>: Sendable {
        let value: Mutex<Value?>
        init(_ value: consuming sending Mutex<Value?>) { self.value = value }
    }
}
