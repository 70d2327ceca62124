internal import Glibc
internal import Synchronization
internal import SystemPackage

/// What other threads ask of the thread that owns a session, and the pipe that wakes it.
final class SessionMailbox: Sendable {
    /// One request.
    enum Letter: Sendable {
        case start(ProgramRequest)
        case close(ProgramRequest)
        case closeSession
    }

    private struct State {
        var letters: [Letter] = []
        /// The thread has ended: nobody will read another letter, and this is why.
        var end: HostError?
    }

    /// Readable when there are letters.
    let wake: FileDescriptor
    private let bell: FileDescriptor
    private let state = Mutex(State())

    init() {
        let pipe: Pipe
        do {
            pipe = try Pipe()
        } catch {
            preconditionFailure("no pipe to wake the thread of a session: \(error)")
        }
        for end in [pipe.readEnd, pipe.writeEnd] { Pipe.unblock(end) }
        self.wake = FileDescriptor(rawValue: pipe.readEnd)
        self.bell = FileDescriptor(rawValue: pipe.writeEnd)
    }

    deinit {
        close(self.wake.rawValue)
        close(self.bell.rawValue)
    }

    /// Leaves a letter and wakes the thread.
    ///
    /// - Parameter letter: the request.
    /// - Returns: `nil`, or why the session has ended and the letter was not taken.
    @discardableResult
    func post(_ letter: Letter) -> HostError? {
        let end = self.state.withLock { state in
            if state.end == nil { state.letters.append(letter) }
            return state.end
        }
        // A full pipe is a bell that rings already.
        if end == nil { _ = write(self.bell.rawValue, [1], 1) }
        return end
    }

    /// Takes all letters and makes `wake` unreadable.
    ///
    /// - Returns: the letters in the order in which they came.
    func take() -> [Letter] {
        var rings = [UInt8](repeating: 0, count: 64)
        while read(self.wake.rawValue, &rings, rings.count) == rings.count {}
        return self.state.withLock { state in
            defer { state.letters = [] }
            return state.letters
        }
    }

    /// Whether a letter asks for the end of the session. The letters stay.
    var isCloseAsked: Bool {
        self.state.withLock { state in
            state.letters.contains { letter in
                if case .closeSession = letter { true } else { false }
            }
        }
    }

    /// Refuses letters from now on.
    ///
    /// - Parameter end: why.
    /// - Returns: the letters that were not read.
    func end(with end: HostError) -> [Letter] {
        self.state.withLock { state in
            state.end = end
            defer { state.letters = [] }
            return state.letters
        }
    }
}
