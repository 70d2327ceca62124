internal import Container
internal import Glibc
internal import HandOver
internal import Host
internal import Synchronization

/// The process that takes over within moments when the one that migrates dies: a session of its own, so that neither a
/// signal to the terminal nor its end reaches it.
///
/// It does what `vzmigrate --recover` does, and again, ever more slowly, for as long as an outcome is owed to a
/// destination, or what has come here and may be ended without its source could not be ended yet.
final class Guardian: Sendable {
    private let isWatching = Mutex(false)

    /// Starts it, once; done before the first change to anything.
    func watch() throws(StepFailure) {
        try self.isWatching.withLock { isWatching throws(StepFailure) in
            guard !isWatching else { return }
            var program = HostProgram(ToolVersion.migratePath, ["--recover", "--guard", String(getpid())])
            // What opens the keys of whoever runs us opens them for it too.
            for name in ["SSH_AUTH_SOCK", "HOME"] {
                guard let value = getenv(name) else { continue }
                program.environment.removeAll { $0.hasPrefix("\(name)=") }
                program.environment.append("\(name)=\(String(cString: value))")
            }
            do { try program.detach() } catch {
                throw StepFailure(.system, "the guardian of this migration could not be started: \(error)")
            }
            isWatching = true
        }
    }

    /// Waits for the end of `worker` and then for the end of everything that this server can end.
    static func guardMigrations(of worker: Int32) async -> ExitStatus {
        Output.speak(to: .systemLog)
        // It keeps no file system busy, and is nowhere where leftovers of a migration are looked for.
        _ = chdir("/")
        // A parent that has ended already left us to another one.
        if getppid() == worker, let process = HostProcess(worker) { _ = process.waitUntilGone(.seconds(1 << 30)) }
        var pause = Duration.milliseconds(200)
        var post: FileLock?
        while true {
            let report = await Recovery(request: .guardians).run(guardian: nil)
            guard report.owesMore else { return report.status }
            if post == nil {
                // One is enough: it looks after all that is owed.
                guard let lock = try? FileLock(acquiring: NodeLayout().guardianLock, purpose: "delivering what is owed")
                else { return report.status }
                post = consume lock
            }
            try? await ContinuousClock().sleep(for: pause)
            pause = min(pause * 2, .seconds(30))
        }
    }
}
