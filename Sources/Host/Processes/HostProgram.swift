internal import CLinux
internal import Glibc

/// Runs a program with arguments, never a shell, and blocks the calling thread until it has ended.
///
/// The program gets a session of its own, default signals, nothing of our descriptors but the three standard streams,
/// and the small environment below.
///
/// Not swift-subprocess (1.0.2): it is `async` only, and steps block threads of their own. Output over its limit fails
/// the call, where the first MiB is enough here; its teardown ends once the program has, though what that had started
/// goes on; and nothing that it starts outlives the call, as the guardian and the page daemon do.
package struct HostProgram: Sendable {
    /// What becomes of the program's standard output and error.
    package enum Output: Sendable {
        /// The first MiB of each is kept. Processes that the program leaves behind are not waited for; what they
        /// write is lost.
        case collected
        /// Both go to /dev/null, for programs whose descendants keep them (a container must not hold a pipe of ours).
        case discarded
    }

    /// The directories that are searched for a program that is named without a slash, in this order.
    package static let searchPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
    /// What a program finds in its environment where nothing else is said: no locale, no user's settings.
    package static let environment = ["PATH=" + searchPath.joined(separator: ":"), "LC_ALL=C.UTF-8", "HOME=/root"]

    package var path: String
    package var arguments: [String]
    package var environment = Self.environment
    /// `nil` is /dev/null.
    package var input: [UInt8]?
    package var output = Output.collected
    /// `nil` waits for ever.
    package var timeout: Duration?
    /// Called once on the waiting thread, when the first bytes of a collected standard output are there.
    package var onFirstOutput: (@Sendable () -> Void)?
    /// Between SIGTERM and SIGKILL when it is ended early.
    package var grace = Duration.seconds(5)

    /// The path is absolute, or a name that is looked for in `searchPath`.
    package init(_ path: String, _ arguments: [String]) {
        self.path = path
        self.arguments = arguments
    }

    /// Runs a program with defaults and keeps what it says.
    package static func run(
        _ path: String, _ arguments: [String], input: [UInt8]? = nil, output: Output = .collected,
        timeout: Duration? = nil
    ) throws(HostProgramError) -> CommandResult {
        var program = HostProgram(path, arguments)
        program.input = input
        program.output = output
        program.timeout = timeout
        return try program.run()
    }

    /// Where a program is; `nil` where none of the directories holds it.
    package static func find(_ name: String) -> String? {
        let candidates = name.contains("/") ? [name] : self.searchPath.map { "\($0)/\(name)" }
        return candidates.first { access($0, X_OK) == 0 }
    }

    /// Starts the program and waits until it has ended or the time is over.
    ///
    /// It does not use SIGCHLD and takes the status of this child alone, so others may wait for theirs at the same
    /// time.
    package func run() throws(HostProgramError) -> CommandResult {
        guard let found = Self.find(self.path) else { throw .missing(program: self.path) }
        do {
            var output = try OutputCollector()
            var error = try OutputCollector()
            var process = try self.spawn(found, &output, &error)
            let end = process.wait(self, output: &output, error: &error)
            return try self.judge(end, output: output.bytes, error: error.bytes)
        } catch let failure as HostProgramError {
            throw failure
        } catch {
            let code = (error as? SystemFailure)?.code ?? EINVAL
            throw .notStarted(program: found, call: "pipe or posix_spawn", code: code)
        }
    }

    /// Starts the program with its three streams on /dev/null, in a session of its own, and does not wait for it: it
    /// outlives us. While we live it stays our child; nobody else waits for it.
    ///
    /// - Returns: its number.
    @discardableResult
    package func detach() throws(HostProgramError) -> Int32 {
        do { return try self.detach(input: OwnedDescriptor.null()) } catch {
            throw (error as? HostProgramError)
                ?? .notStarted(program: self.path, call: "open", code: (error as? SystemFailure)?.code ?? EINVAL)
        }
    }

    /// The same with another standard input.
    @discardableResult
    package func detach(input: borrowing OwnedDescriptor) throws(HostProgramError) -> Int32 {
        guard let found = Self.find(self.path) else { throw .missing(program: self.path) }
        do {
            let null = try OwnedDescriptor.null()
            var request = vz_spawn_request()
            (request.input, request.output, request.error) = (input.number, null.number, null.number)
            return try Self.start(request, path: found, arguments: self.arguments, environment: self.environment)
        } catch {
            throw .notStarted(program: found, call: "posix_spawn", code: error.code)
        }
    }

    /// Starts the program in a session of its own with these standard streams, which stay the caller's to close. It is
    /// the caller's to wait for.
    ///
    /// - Returns: its number, which is also that of its process group.
    package func start(input: Int32, output: Int32, error: Int32) throws(HostProgramError) -> Int32 {
        guard let found = Self.find(self.path) else { throw .missing(program: self.path) }
        var request = vz_spawn_request()
        (request.input, request.output, request.error) = (input, output, error)
        do {
            return try Self.start(request, path: found, arguments: self.arguments, environment: self.environment)
        } catch let failure {
            throw .notStarted(program: found, call: "posix_spawn", code: failure.code)
        }
    }

    private func judge(
        _ end: ChildProcess.End, output: [UInt8], error: [UInt8]
    ) throws(HostProgramError) -> CommandResult {
        switch end {
        case .ended(let status):
            return CommandResult(status: status, standardOutput: output, standardError: error)
        case .timedOut(let limit): throw .timedOut(program: self.path, limit: limit)
        case .statusLost(let code): throw .statusLost(program: self.path, code: code)
        }
    }

    private func spawn(
        _ found: String, _ output: inout OutputCollector, _ error: inout OutputCollector
    ) throws(SystemFailure) -> ChildProcess {
        let null = try OwnedDescriptor.null()
        let input = try self.inputFile()
        var request = vz_spawn_request()
        request.input = input.number
        switch self.output {
        case .collected: (request.output, request.error) = (output.lend { $0 }, error.lend { $0 })
        case .discarded: (request.output, request.error) = (null.number, null.number)
        }
        let pid = try Self.start(request, path: found, arguments: self.arguments, environment: self.environment)
        output.handOver()
        error.handOver()
        return try ChildProcess(owning: pid)
    }

    private static func start(
        _ request: vz_spawn_request, path: String, arguments: [String], environment: [String]
    ) throws(SystemFailure) -> pid_t {
        var request = request
        var pid: pid_t = 0
        let strings = CStrings([path] + arguments)
        let surroundings = CStrings(environment)
        request.arguments = strings.start
        request.environment = surroundings.start
        let failure = path.withCString { path in
            request.path = path
            return vz_spawn(&request, &pid)
        }
        withExtendedLifetime(strings) {}
        withExtendedLifetime(surroundings) {}
        guard failure == 0 else { throw SystemFailure(failure) }
        return pid
    }

    /// A file without a name rather than a pipe: the writer cannot block and a program that does not read does no harm.
    private func inputFile() throws(SystemFailure) -> OwnedDescriptor {
        guard let input = self.input else { return try OwnedDescriptor.null() }
        let file = try OwnedDescriptor(aboveStandardStreams: vz_memory_file("input"))
        var written = 0
        while written < input.count {
            let count = input[written...].withUnsafeBytes { write(file.number, $0.baseAddress, $0.count) }
            guard count > 0 else { throw SystemFailure(errno) }
            written += count
        }
        lseek(file.number, 0, SEEK_SET)
        return file
    }
}

/// Why a program did not run to its end. A program that ended badly is a `CommandResult`, not an error.
package enum HostProgramError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing of that name is in any of the directories that were searched, or at that path.
    case missing(program: String)
    /// The system did not start it; `call` is the call that failed and `code` its errno.
    case notStarted(program: String, call: String, code: Int32)
    /// It ran longer than it was given and was ended.
    case timedOut(program: String, limit: Duration)
    /// It has ended, but someone else took its exit status, so that nobody knows whether it did its work.
    case statusLost(program: String, code: Int32)

    package var description: String {
        switch self {
        case .missing(let program):
            "\(program) is not on this server (or may not be executed); install the package that holds it"
        case .notStarted(let program, let call, let code):
            "\(program) could not be started: \(call) failed: \(SystemFailure(code))"
        case .timedOut(let program, let limit):
            "\(program) did not end within \(limit) and was stopped"
        case .statusLost(let program, let code):
            "\(program) has ended, but its exit status was lost (waitpid: \(SystemFailure(code)))"
        }
    }
}

/// What a program that ran to its end left behind: how it ended, and what it said.
package struct CommandResult: Hashable, Sendable {
    /// How a program ended.
    package enum Status: Hashable, Sendable, CustomStringConvertible {
        case exited(code: Int32)
        case signalled(signal: Int32)

        /// From the raw status of `waitpid`. See: 'man 2 waitpid'.
        init(waitStatus: Int32) {
            let signal = waitStatus & 0x7f
            self = signal == 0 ? .exited(code: (waitStatus >> 8) & 0xff) : .signalled(signal: signal)
        }

        package var description: String {
            switch self {
            case .exited(let code): "ended with exit status \(code)"
            case .signalled(let signal): "was ended by signal \(signal)"
            }
        }
    }

    package let status: Status
    /// The first MiB of it; empty where the output was not asked for.
    package let standardOutput: [UInt8]
    /// The first MiB of it; empty where the output was not asked for.
    package let standardError: [UInt8]

    package init(status: Status, standardOutput: [UInt8] = [], standardError: [UInt8] = []) {
        self.status = status
        self.standardOutput = standardOutput
        self.standardError = standardError
    }

    package var succeeded: Bool { self.status == .exited(code: 0) }
    package var outputText: String { String(decoding: self.standardOutput, as: UTF8.self) }
    package var errorText: String { String(decoding: self.standardError, as: UTF8.self) }
}
