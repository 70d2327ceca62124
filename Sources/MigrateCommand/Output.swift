internal import Glibc
internal import MigrationJournal
internal import Synchronization

/// What is said: to people in lines, to programs in records, to the system log where nobody looks.
///
/// The course of things and outcomes go to standard output, complaints and what changes in place to standard error.
enum Output {
    private static let state = Mutex(State())

    private struct State {
        var listener = Listener.people(.normal)
        var live: LiveLines?
    }

    /// Who listens.
    enum Listener: Hashable, Sendable {
        case people(Verbosity)
        /// `--batch`: records alone on standard output.
        case program
        /// A process that nobody looks at.
        case systemLog
    }

    /// How much people want to hear.
    enum Verbosity: Hashable, Sendable, Comparable {
        /// Outcomes and complaints.
        case quiet
        case normal
        /// Every state that a migration comes to as well.
        case verbose
    }

    static var listener: Listener { self.state.withLock(\.listener) }

    /// Who listens from now on; a terminal gets lines that change in place too.
    static func speak(to listener: Listener) {
        self.state.withLock { state in
            state.listener = listener
            guard case .people(let verbosity) = listener, verbosity != .quiet else { return }
            state.live = LiveLines()
        }
    }

    /// One line about the course of things.
    static func tell(_ line: String) { self.write(line, to: STDOUT_FILENO, from: .normal) { .note($0) } }

    /// One line that only whoever wants to know all wants to know.
    static func tellMore(_ line: String) { self.write(line, to: STDOUT_FILENO, from: .verbose) { _ in nil } }

    /// What everything was about; programs have it in a record already.
    static func conclude(_ line: String) { self.write(line, to: STDOUT_FILENO, from: .quiet) { _ in nil } }

    static func complain(_ sentence: String) {
        self.write("vzmigrate: \(sentence)", to: STDERR_FILENO, from: .quiet) { .note($0) }
    }

    /// For programs alone.
    static func record(_ record: BatchRecord) {
        self.state.withLock { state in
            if state.listener == .program { Self.put(record.line, to: STDOUT_FILENO) }
        }
    }

    /// The lines that change in place: what each migration is at now.
    static func show(_ lines: [String]) { self.state.withLock { $0.live?.show(lines) } }

    private static func write(
        _ line: String, to descriptor: Int32, from verbosity: Verbosity, _ record: (String) -> BatchRecord?
    ) {
        self.state.withLock { state in
            switch state.listener {
            case .systemLog: SystemLog.notice(line)
            case .program: if let record = record(line) { Self.put(record.line, to: STDOUT_FILENO) }
            case .people(let wanted):
                guard wanted >= verbosity else { return }
                state.live?.erase()
                Self.put(line, to: descriptor)
                state.live?.draw()
            }
        }
    }

    /// Nobody is left to hear that nobody listens, so a failed write is not reported.
    private static func put(_ line: String, to descriptor: Int32) {
        var bytes = Array((line + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if errno == EAGAIN {
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&room, 1, 1000)
            } else if errno != EINTR {
                return
            }
        }
    }
}
