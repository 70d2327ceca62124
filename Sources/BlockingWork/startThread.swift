internal import CLinux
internal import Glibc

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
    precondition(code == 0, "could not start the thread \(name): \(String(cString: strerror(code)))")
    pthread_detach(thread)
}
