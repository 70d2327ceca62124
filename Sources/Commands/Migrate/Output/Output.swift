internal import Glibc
internal import Host
internal import Journal
internal import Synchronization

/// What is said: to people in lines, to programs in records, to the system log where nobody looks.
///
/// The course of things and outcomes go to standard output, complaints and what changes in place to standard error.
/// What a peer, a program or a container has said cannot steer a terminal, nor look like a line of ours.
enum Output {
    private static let speaking = Mutex(Listener.people(.normal))
    private static let thread = OutputThread()

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

    static var listener: Listener { self.speaking.withLock { $0 } }

    /// Who listens from now on.
    static func speak(to listener: Listener) { self.speaking.withLock { $0 = listener } }

    /// One line about the course of things.
    static func tell(_ line: String) { self.write(line, to: STDOUT_FILENO, from: .normal) { .note($0) } }

    /// One line that only whoever wants to know all wants to know.
    static func tellMore(_ line: String) { self.write(line, to: STDOUT_FILENO, from: .verbose) { _ in nil } }

    /// What everything was about; programs have it in a record already.
    static func conclude(_ line: String) { self.write(line, to: STDOUT_FILENO, from: .quiet) { _ in nil } }

    static func complain(_ sentence: String) {
        self.write("vzmigrate: \(sentence)", to: STDERR_FILENO, from: .quiet) { .note($0) }
    }

    /// A text of our own, as it is: a page of help.
    static func page(_ text: String) { self.thread.write("\(text)\n", to: STDOUT_FILENO) }

    /// For programs alone.
    static func record(_ record: BatchRecord, isOfTheMoment: Bool = false) {
        guard self.listener == .program else { return }
        self.thread.write("\(record.line)\n", to: STDOUT_FILENO, isOfTheMoment: isOfTheMoment)
    }

    /// The lines that change in place, on a terminal: what each migration is at now.
    static func show(_ lines: [String]) {
        guard case .people(let verbosity) = self.listener, verbosity != .quiet else { return }
        self.thread.show(lines)
    }

    /// Returns when all that was said has been written: before the process ends.
    static func flush() { self.thread.flush() }

    private static func write(
        _ line: String, to descriptor: Int32, from verbosity: Verbosity, _ record: (String) -> BatchRecord?
    ) {
        switch self.listener {
        case .systemLog: SystemLog.notice(Self.harmless(line))
        case .program: if let record = record(line) { self.record(record) }
        case .people(let wanted):
            guard wanted >= verbosity else { return }
            self.thread.write("\(Self.harmless(line))\n", to: descriptor)
        }
    }

    /// Further lines of what was said are indented, and show that they belong to the first.
    private static func harmless(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { TerminalText.harmless($0) }
        return lines[0] + lines.dropFirst().map { $0.hasPrefix("  ") ? "\n\($0)" : "\n  \($0)" }.joined()
    }
}
