internal import CLinux
internal import Dispatch
internal import Glibc
internal import Host
internal import Synchronization

/// Writes what is said, in its order, on a thread of its own: a terminal that is held with ^S, or a reader that has
/// stopped reading, keeps nobody from ending what was begun with a container that stands still.
final class OutputThread: Sendable {
    private enum Item {
        case text(String, descriptor: Int32)
        case live([String])
        case flush(DispatchSemaphore)
    }

    private struct State {
        var items: [Item] = []
        var isStarted = false
    }

    /// So much may wait before what is only of the moment is left out.
    private static let backlog = 256
    private let state = Mutex(State())
    private let filled = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - text: whole lines, the last one's end included.
    ///   - descriptor: where it is written.
    ///   - isOfTheMoment: whether it may be left out where nobody keeps up with it.
    func write(_ text: String, to descriptor: Int32, isOfTheMoment: Bool = false) {
        self.append { items in
            if isOfTheMoment, items.count >= Self.backlog { return }
            items.append(.text(text, descriptor: descriptor))
        }
    }

    /// The lines that change in place: the latest that came before anything else was said.
    func show(_ lines: [String]) {
        self.append { items in
            if case .live = items.last { items.removeLast() }
            items.append(.live(lines))
        }
    }

    /// Returns when all that was said before is written.
    func flush() {
        let written = DispatchSemaphore(value: 0)
        self.append { $0.append(.flush(written)) }
        written.wait()
    }

    private func append(_ change: (inout [Item]) -> Void) {
        let isFirst = self.state.withLock { state in
            change(&state.items)
            defer { state.isStarted = true }
            return !state.isStarted
        }
        self.filled.signal()
        guard isFirst else { return }
        startThread(named: "output") { [self] in
            var live = LiveLines()
            while true {
                self.filled.wait()
                self.next().map { Self.carryOut($0, &live) }
            }
        }
    }

    private func next() -> Item? { self.state.withLock { $0.items.isEmpty ? nil : $0.items.removeFirst() } }

    private static func carryOut(_ item: Item, _ live: inout LiveLines?) {
        switch item {
        case .text(let text, let descriptor):
            live?.erase()
            Self.put(text, to: descriptor)
            live?.draw()
        case .live(let lines): live?.show(lines)
        case .flush(let written): written.signal()
        }
    }

    /// Nobody is left to hear that nobody listens, so a failed write is not reported.
    private static func put(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
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

/// Lines at the end of a terminal that change in place, on standard error.
///
/// Its size is asked for with every drawing, so that a terminal that was made narrower gets lines that fit.
struct LiveLines {
    private var lines: [String] = []
    /// How many are on the terminal.
    private var drawn = 0

    /// - Returns: `nil` where standard error is no terminal, or none on which anything can be changed.
    init?() {
        guard isatty(STDERR_FILENO) == 1, let kind = getenv("TERM"), String(cString: kind) != "dumb" else { return nil }
    }

    mutating func show(_ lines: [String]) {
        self.erase()
        self.lines = lines
        self.draw()
    }

    /// Takes them away, so that something else can be written in their place.
    mutating func erase() {
        guard self.drawn > 0 else { return }
        // To the first of them, and from there to the end of the screen. See: ECMA-48, CPL and ED.
        self.put("\u{1B}[\(self.drawn)F\u{1B}[J")
        self.drawn = 0
    }

    mutating func draw() {
        guard !self.lines.isEmpty else { return }
        let width = Self.columns
        let fitting = self.lines.prefix(Self.rows)
        self.put(fitting.map { $0.prefix(width) + "\n" }.joined())
        self.drawn = fitting.count
    }

    /// One less than the terminal has: a full line would wrap in some.
    private static var columns: Int {
        let columns = vz_terminal_columns(STDERR_FILENO)
        return max(10, (columns > 0 ? Int(columns) : 80) - 1)
    }

    /// As many as stay on the screen: of those that it scrolls away none can be taken back.
    private static var rows: Int {
        let rows = vz_terminal_rows(STDERR_FILENO)
        return max(1, (rows > 0 ? Int(rows) : 24) - 1)
    }

    private func put(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
