internal import CLinux
internal import Glibc
internal import SystemPackage

/// One thread beside the caller's that runs one piece of work and is then joined.
package final class CompanionThread {
    private var thread = pthread_t()

    /// Starts `work` on a thread called `name` (15 bytes at most).
    package init(_ name: String, _ work: @escaping @Sendable () -> Void) throws(TransferError) {
        let start = Unmanaged.passRetained(Start(name, work))
        let result = pthread_create(
            &self.thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                start.name.withCString { vz_name_thread($0) }
                start.work()
                return nil
            }, start.toOpaque())
        guard result == 0 else {
            start.release()
            throw TransferError(.system, operation: "pthread_create", code: .init(rawValue: result))
        }
    }

    /// Waits for the end of the work. To be called exactly once.
    package func join() { pthread_join(self.thread, nil) }

    private final class Start {
        let name: String
        let work: @Sendable () -> Void

        init(_ name: String, _ work: @escaping @Sendable () -> Void) {
            self.name = name
            self.work = work
        }
    }
}
