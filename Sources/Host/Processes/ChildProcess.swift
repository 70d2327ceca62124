internal import CLinux
internal import Glibc

/// Owns a child of ours that was not yet waited for. Its number cannot be given to another process until then.
struct ChildProcess: ~Copyable {
    /// How the wait for it ended.
    enum End {
        case ended(CommandResult.Status)
        case timedOut(Duration)
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

    /// Waits until it has ended; ends it when the time is over.
    mutating func wait(
        _ program: HostProgram, output: inout OutputCollector, error: inout OutputCollector
    ) -> End {
        let deadline = program.timeout.map { ContinuousClock.now + $0 }
        self.onFirstOutput = program.onFirstOutput
        let why: End? =
            switch self.poll(&output, &error, until: deadline) {
            case .ended: nil
            case .timeIsOver: .timedOut(program.timeout ?? .zero)
            }
        if why != nil {
            self.end(after: program.grace, &output, &error)
        } else if vz_was_killed(self.pid) == 1 {
            // Processes that it began in its session would outlive it.
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
        _ = self.poll(&output, &error, until: ContinuousClock.now + grace)
        kill(-self.pid, SIGKILL)
    }

    private enum Wakening { case ended, timeIsOver }

    private mutating func drainAndTell(_ output: inout OutputCollector) {
        output.drain()
        guard !output.bytes.isEmpty, let tell = self.onFirstOutput else { return }
        self.onFirstOutput = nil
        tell()
    }

    private mutating func poll(
        _ output: inout OutputCollector, _ error: inout OutputCollector, until deadline: ContinuousClock.Instant?
    ) -> Wakening {
        while true {
            let left = deadline.map { ($0 - ContinuousClock.now).wholeMilliseconds }
            if let left, left <= 0 { return .timeIsOver }
            // poll(2) skips negative descriptors.
            var set = [self.descriptor.number, output.number, error.number].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            _ = Glibc.poll(&set, nfds_t(set.count), left.map { Int32(clamping: $0) } ?? -1)
            if set[1].revents != 0 { self.drainAndTell(&output) }
            if set[2].revents != 0 { error.drain() }
            if set[0].revents != 0 { return .ended }
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

/// A pipe to which a program writes; keeps the first bytes and takes the rest, so that the program never waits.
struct OutputCollector: ~Copyable {
    /// In bytes, for each stream.
    static let bound = 1 << 20

    private(set) var bytes: [UInt8] = []
    private var isOpen = true
    private let reading: OwnedDescriptor
    private var writing: OwnedDescriptor?

    /// The end to wait on; -1 once every writer is gone.
    var number: Int32 { self.isOpen ? self.reading.number : -1 }

    init() throws(SystemFailure) {
        var (readingEnd, writingEnd): (Int32, Int32) = (-1, -1)
        guard vz_pipe(&readingEnd, &writingEnd) == 0 else { throw SystemFailure(errno) }
        let reading = try OwnedDescriptor(aboveStandardStreams: readingEnd)
        let writing = try OwnedDescriptor(aboveStandardStreams: writingEnd)
        _ = fcntl(reading.number, F_SETFL, O_NONBLOCK)
        self.reading = reading
        self.writing = consume writing
    }

    /// The program's end, for as long as it is not handed over.
    func lend<T>(_ body: (Int32) -> T) -> T {
        switch self.writing {
        case .some(let end): body(end.number)
        case .none: body(-1)
        }
    }

    /// The program has its end: ours is closed, or the pipe would never end.
    mutating func handOver() {
        self.writing = nil
    }

    /// Takes what is there now and does not wait for more, nor for the end.
    mutating func drain() {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while self.isOpen {
            let count = read(self.reading.number, &buffer, buffer.count)
            if count > 0 {
                self.bytes += buffer.prefix(min(count, Self.bound - self.bytes.count))
            } else if count == 0 {
                self.isOpen = false
            } else if errno != EINTR {
                return
            }
        }
    }
}

/// A list of C strings that ends in `NULL`, as `execve` takes it; freed when it goes out of scope.
struct CStrings: ~Copyable {
    private let pointers: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>

    init(_ strings: [String]) {
        self.pointers = .allocate(capacity: strings.count + 1)
        _ = self.pointers.initialize(from: strings.map { strdup($0) } + [nil])
    }

    deinit {
        for pointer in self.pointers { free(pointer) }
        self.pointers.deallocate()
    }

    /// Lives as long as this value.
    var start: UnsafePointer<UnsafeMutablePointer<CChar>?>? { UnsafePointer(self.pointers.baseAddress) }
}
