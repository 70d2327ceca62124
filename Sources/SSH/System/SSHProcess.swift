internal import CLinux
internal import Glibc
internal import Host
internal import Synchronization
internal import SystemPackage

/// One run of the system's `ssh`: a thread of its own takes its complaints and waits for its end.
final class SSHProcess: Sendable {
    let ends: ProgramRequest.Ends
    let request: ProgramRequest
    private let route: SSHRoute
    private let complaints: Int32
    private let askpass: AskpassServer?
    /// The number of the process; 0 once it was waited for.
    private let pid: Mutex<pid_t>
    private let isEnded = Mutex(false)

    init(_ route: SSHRoute, _ path: String, _ command: String, _ request: ProgramRequest) throws {
        self.route = route
        self.request = request
        self.askpass = SecretQuestion(route.options).canAsk ? try AskpassServer(route.options) : nil
        let pipes = try [Pipe(), Pipe(), Pipe()]
        defer { for end in [pipes[0].readEnd, pipes[1].writeEnd, pipes[2].writeEnd] { Glibc.close(end) } }
        var program = HostProgram(path, SSHArguments(route, asks: self.askpass != nil).words(running: command))
        program.environment = AskpassServer.environment(self.askpass)
        do {
            let pid = try program.start(
                input: pipes[0].readEnd, output: pipes[1].writeEnd, error: pipes[2].writeEnd)
            self.pid = Mutex(pid)
        } catch {
            for end in [pipes[0].writeEnd, pipes[1].readEnd, pipes[2].readEnd] { Glibc.close(end) }
            self.askpass?.close(forgetting: false)
            throw error
        }
        self.ends = ProgramRequest.Ends(
            input: FileDescriptor(rawValue: pipes[0].writeEnd), output: FileDescriptor(rawValue: pipes[1].readEnd))
        self.complaints = pipes[2].readEnd
        Pipe.unblock(self.complaints)
        request.started.fulfil(.success(self.ends))
        startThread(named: "ssh program") { self.wait() }
    }

    /// Ends it and whatever it has started. Its exit then is `closed`.
    func end() {
        self.isEnded.withLock { $0 = true }
        self.pid.withLock { if $0 > 0 { kill(-$0, SIGTERM) } }
    }

    // MARK: - Its thread

    private func wait() {
        let pid = self.pid.withLock { $0 }
        let handle = vz_pidfd_open(pid)
        var lines = ComplaintLines()
        while handle >= 0 {
            var polled = [
                pollfd(fd: self.complaints, events: Int16(POLLIN), revents: 0),
                pollfd(fd: handle, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&polled, 2, -1) >= 0 || errno == EINTR else { break }
            // A process that it leaves behind may keep the pipe open, so its own end is what is waited for.
            if !self.takeComplaints(&lines), polled[1].revents == 0 { self.waitForEnd(handle) }
            if polled[1].revents != 0 { break }
        }
        _ = self.takeComplaints(&lines)
        self.take(lines.rest)
        if handle >= 0 { Glibc.close(handle) }
        // It has ended and was not waited for, so its number is still its own.
        _ = vz_was_killed(pid)
        let status = self.pid.withLock { number in
            var status: Int32 = 0
            _ = vz_reap(number, &status)
            number = 0
            return status
        }
        Glibc.close(self.complaints)
        let exit = self.exit(status)
        self.askpass?.close(forgetting: self.isRefusal(exit))
        self.request.exit.fulfil(exit)
    }

    private func waitForEnd(_ handle: Int32) {
        var polled = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
        while poll(&polled, 1, -1) < 0, errno == EINTR {}
    }

    /// - Returns: whether more may come.
    private func takeComplaints(_ lines: inout ComplaintLines) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(self.complaints, &bytes, bytes.count)
            guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
            lines.add(bytes[..<count], self.take)
        }
    }

    /// How lines begin that `ssh -v` says on the way.
    static let chatter = [
        "debug1: ", "debug2: ", "debug3: ", "OpenSSH_", "Authenticated to ", "Transferred: ", "Bytes per second: ",
    ]

    /// Tells what `ssh -v` says, and keeps the rest for messages.
    private func take(_ line: [UInt8]) {
        if let log = self.route.options.log {
            let text = String(decoding: line.last == UInt8(ascii: "\n") ? line.dropLast() : line[...], as: UTF8.self)
            if Self.chatter.contains(where: text.hasPrefix) { return log(text) }
        }
        line.withUnsafeBytes { self.request.errors.append($0) }
    }

    // MARK: - Its end

    /// 255 is the status of `ssh` itself; any other is the program's. See: man 1 ssh, "EXIT STATUS".
    private func exit(_ status: Int32) -> RemoteExit {
        if self.isEnded.withLock({ $0 }) { return .lost(self.error(.closed, "it was closed on this side")) }
        guard status & 0x7f == 0 else {
            return .lost(self.error(.connectionLost, "ssh was ended by signal \(status & 0x7f)"))
        }
        let code = status >> 8 & 0xff
        guard code == 255 else { return .exited(status: code) }
        let lines = self.request.errors.text.split(whereSeparator: \.isNewline).map(String.init)
        let words = lines.isEmpty ? "ssh ended with 255 and said nothing" : lines.joined(separator: "; ")
        return .lost(self.error(Self.kind(of: lines), words))
    }

    private func isRefusal(_ exit: RemoteExit) -> Bool {
        if case .lost(let error) = exit { error.kind == .authenticationRefused } else { false }
    }

    /// Lines with which `ssh` says that it ends, after the line that says why: a jump or a proxy failed, the server
    /// ended the connection with a reason, or a file was wrong.
    private static let farewells = [
        "Connection closed by UNKNOWN port", "kex_exchange_identification: Connection closed", "Disconnected from ",
        "Killed by signal ", ": terminating, ",
    ]

    /// What the last lines of `ssh` mean, after which it ended with 255. Lines before may be the remote program's.
    static func kind(of lines: [String]) -> HostError.Kind {
        let words = lines.last { line in !Self.farewells.contains { line.contains($0) } } ?? ""
        let signs: [(String, HostError.Kind)] = [
            // These come first, because an unfinished line of the program may stand before them.
            ("client_loop: send disconnect", .connectionLost), ("Read from remote host ", .connectionLost),
            ("Host key verification failed", .hostKeyRefused), ("Permission denied (", .authenticationRefused),
            ("Too many authentication failures", .authenticationRefused),
            ("Bad configuration option", .optionsRefused), ("Unsupported option", .optionsRefused),
            ("Bad SSH2", .optionsRefused), ("Unknown cipher type", .optionsRefused),
            ("Unknown mac type", .optionsRefused), ("command-line", .optionsRefused),
            ("not responding", .timedOut), ("timed out", .timedOut), ("Connection to ", .connectionLost),
        ]
        return signs.first { words.contains($0.0) }?.1 ?? .unreachable
    }

    private func error(_ kind: HostError.Kind, _ cause: String) -> HostError {
        HostError(
            kind: kind, destination: self.route.destination, operation: "run \(self.request.program)", cause: cause)
    }
}

/// Cuts into lines what `ssh` and the remote program write to standard error.
struct ComplaintLines {
    /// In bytes. A longer line is handed on in pieces, because it may never end.
    static let bound = 16 << 10

    /// The beginning of a line whose end has not come yet; at most `bound` bytes.
    private(set) var rest: [UInt8] = []

    /// Takes in what came next.
    ///
    /// - Parameters:
    ///   - bytes: of any number; only they are searched.
    ///   - take: is handed each line with its end, which is one newline also where `ssh` wrote CR and LF, and each
    ///     piece of a line that is too long.
    mutating func add(_ bytes: ArraySlice<UInt8>, _ take: ([UInt8]) -> Void) {
        var bytes = bytes
        while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            self.rest += bytes[..<end]
            if self.rest.last == UInt8(ascii: "\r") { self.rest.removeLast() }
            take(self.rest + [UInt8(ascii: "\n")])
            self.rest = []
            bytes = bytes[bytes.index(after: end)...]
        }
        self.rest += bytes
        guard self.rest.count > Self.bound else { return }
        take(self.rest)
        self.rest = []
    }
}
