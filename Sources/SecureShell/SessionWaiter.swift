internal import CLibSSH2
internal import Glibc
internal import SystemPackage

/// Repeats a non-blocking libssh2 call until it has an answer, for the time before the session has channels.
struct SessionWaiter {
    let thread: SessionThread
    let socket: SessionSocket

    /// Calls `body` until it returns something else than `LIBSSH2_ERROR_EAGAIN`.
    ///
    /// - Parameters:
    ///   - operation: as it reads after "could not".
    ///   - body: the libssh2 call.
    /// - Returns: the code of the call, which may be a failure.
    /// - Throws: `HostError` of kind `timedOut` after `SSHOptions.patience`, or `closed`.
    func call(_ operation: String, _ body: () -> Int32) throws(HostError) -> Int32 {
        let deadline = SuspendingClock.now + self.thread.options.patience
        while true {
            let code = body()
            guard code == LIBSSH2_ERROR_EAGAIN else { return code }
            try self.wait(until: deadline, operation)
        }
    }

    private func wait(until deadline: SuspendingClock.Instant, _ operation: String) throws(HostError) {
        if self.thread.mailbox.isCloseAsked {
            throw self.thread.error(.closed, operation, "the attempt was cancelled")
        }
        self.socket.flush()
        let left = SuspendingClock.now.duration(to: deadline)
        if left <= .zero {
            throw self.thread.error(
                .timedOut, operation, "the server did not answer within \(self.thread.options.patience)")
        }
        let events = Int16(POLLIN) | (self.socket.hasOutbox ? Int16(POLLOUT) : 0)
        var polled = [
            pollfd(fd: self.socket.descriptor, events: events, revents: 0),
            pollfd(fd: self.thread.mailbox.wake.rawValue, events: Int16(POLLIN), revents: 0),
        ]
        poll(&polled, nfds_t(polled.count), left.pollTimeout)
    }
}

extension Duration {
    /// Milliseconds for `poll`, rounded up, so that a wait never ends before its time and then spins.
    var pollTimeout: Int32 {
        let (seconds, attoseconds) = self.components
        let milliseconds = seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(clamping: max(0, milliseconds))
    }
}
