internal import CLinux
internal import Glibc

/// Owns a child of ours that was not yet waited for. Its number cannot be given to another process until then.
struct ChildProcess: ~Copyable {
    /// How the wait for it ended.
    enum End {
        case ended(CommandResult.Status)
        case timedOut(Duration)
        case cancelled
        case statusLost(Int32)
    }

    private let pid: pid_t
    private let descriptor: OwnedDescriptor
    /// `nil` once it was called.
    private var onFirstOutput: (@Sendable () -> Void)?

    init(owning pid: pid_t) throws(SystemFailure) {
        self.pid = pid
        do {
            self.descriptor = try OwnedDescriptor(aboveStandardStreams: vz_pidfd_open(pid))
        } catch {
            kill(-pid, SIGKILL)
            var status: Int32 = 0
            _ = vz_reap(pid, &status)
            throw error
        }
    }

    /// Waits until it has ended; ends it when the time is over or the program was cancelled.
    mutating func wait(
        _ program: HostProgram, output: inout OutputCollector, error: inout OutputCollector
    ) -> End {
        let deadline = program.timeout.map { ContinuousClock.now + $0 }
        self.onFirstOutput = program.onFirstOutput
        let why: End? =
            switch self.poll(&output, &error, until: deadline, cancellation: program.cancellation) {
            case .ended: nil
            case .cancelled: .cancelled
            case .timeIsOver: .timedOut(program.timeout ?? .zero)
            }
        if why != nil {
            self.end(after: program.grace, &output, &error)
        } else if vz_was_killed(self.pid) == 1 {
            // What it had begun in its session has lost whoever would have ended it.
            kill(-self.pid, SIGKILL)
        }
        var status: Int32 = 0
        let failure = vz_reap(self.pid, &status)
        output.drain()
        error.drain()
        if let why { return why }
        return failure == 0 ? .ended(CommandResult.Status(waitStatus: status)) : .statusLost(failure)
    }

    /// SIGTERM to the program alone, so that it can undo; then SIGKILL to it and all of its session that did not
    /// leave it.
    private mutating func end(after grace: Duration, _ output: inout OutputCollector, _ error: inout OutputCollector) {
        _ = vz_pidfd_send_signal(self.descriptor.number, SIGTERM)
        _ = self.poll(&output, &error, until: ContinuousClock.now + grace, cancellation: nil)
        kill(-self.pid, SIGKILL)
    }

    private enum Wakening { case ended, cancelled, timeIsOver }

    private mutating func drainAndTell(_ output: inout OutputCollector) {
        output.drain()
        guard !output.bytes.isEmpty, let tell = self.onFirstOutput else { return }
        self.onFirstOutput = nil
        tell()
    }

    private mutating func poll(
        _ output: inout OutputCollector, _ error: inout OutputCollector, until deadline: ContinuousClock.Instant?,
        cancellation: ProgramCancellation?
    ) -> Wakening {
        while true {
            let left = deadline.map { ($0 - ContinuousClock.now).wholeMilliseconds }
            if let left, left <= 0 { return .timeIsOver }
            // poll(2) skips negative descriptors.
            var set = [self.descriptor.number, output.number, error.number, cancellation?.descriptor ?? -1].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            _ = Glibc.poll(&set, nfds_t(set.count), left.map { Int32(clamping: $0) } ?? -1)
            if set[1].revents != 0 { self.drainAndTell(&output) }
            if set[2].revents != 0 { error.drain() }
            if set[0].revents != 0 { return .ended }
            if set[3].revents != 0 { return .cancelled }
        }
    }
}

extension Duration {
    /// Rounded up, so that a wait for what is left of a time does not spin at its end.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
