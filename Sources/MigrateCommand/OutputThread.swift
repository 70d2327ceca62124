internal import BlockingWork
internal import Dispatch
internal import Glibc
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
