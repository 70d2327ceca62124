internal import CLinux
internal import Glibc

/// Ends a running `HostProgram` from another thread: SIGTERM at once, SIGKILL to its whole session after the grace
/// period.
///
/// Once cancelled it stays so: a program that is started with it afterwards is ended at once.
package final class ProgramCancellation: Sendable {
    /// An eventfd that is readable once `cancel` was called and never read, so every waiter sees it.
    let descriptor: Int32

    /// - Throws: when the process has no descriptor left.
    package init() throws(SystemFailure) {
        self.descriptor = vz_event()
        guard self.descriptor >= 0 else { throw SystemFailure(errno) }
    }

    deinit { close(self.descriptor) }

    /// May be called from any thread, any number of times.
    package func cancel() {
        var one: UInt64 = 1
        _ = write(self.descriptor, &one, MemoryLayout<UInt64>.size)
    }
}
