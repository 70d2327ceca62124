internal import CLinux
internal import Glibc
internal import Synchronization
internal import SystemPackage

/// One program that was asked for: what both the caller and the session's thread hold of it.
final class ProgramRequest: Sendable {
    /// Our caller's ends of the two pipes.
    struct Ends: Sendable {
        let input: FileDescriptor
        let output: FileDescriptor
    }

    let program: String
    let started = Promise<Result<Ends, HostError>>()
    let exit = Promise<RemoteExit>()
    let errors = ErrorTail()

    init(program: String) {
        self.program = program
    }

    /// Tells whoever waits, for the start or for the end, that there will be none.
    ///
    /// - Parameter error: why.
    func fail(_ error: HostError) {
        self.started.fulfil(.failure(error))
        self.exit.fulfil(.lost(error))
    }
}

/// The last 64 KiB of what a program wrote to its standard error.
final class ErrorTail: Sendable {
    private static let bound = 64 << 10

    private let bytes = Mutex<[UInt8]>([])

    func append(_ new: UnsafeRawBufferPointer) {
        self.bytes.withLock { bytes in
            bytes.append(contentsOf: new)
            // Not each time, which would move the whole of it for each short line.
            if bytes.count > 2 * Self.bound { bytes.removeFirst(bytes.count - Self.bound) }
        }
    }

    /// The bytes as text; what is not UTF-8 becomes U+FFFD.
    var text: String { self.bytes.withLock { String(decoding: $0.suffix(Self.bound), as: UTF8.self) } }
}

/// A value that one side gives once and any number of tasks wait for.
///
/// A cancelled task waits on: the value comes in any case, because whoever owes it gives it when the session ends.
final class Promise<Value: Sendable>: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Value, Never>])
        case fulfilled(Value)
    }

    private let state = Mutex(State.waiting([]))

    var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let value: Value? = self.state.withLock { state in
                    switch state {
                    case .fulfilled(let value): return value
                    case .waiting(let others):
                        state = .waiting(others + [continuation])
                        return nil
                    }
                }
                if let value { continuation.resume(returning: value) }
            }
        }
    }

    /// Gives the value; what comes after the first is ignored.
    ///
    /// - Parameter value: what the waiting tasks get.
    func fulfil(_ value: Value) {
        let waiting: [CheckedContinuation<Value, Never>] = self.state.withLock { state in
            guard case .waiting(let waiting) = state else { return [] }
            state = .fulfilled(value)
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }
}

/// A pipe whose ends no child process inherits.
struct Pipe {
    let readEnd: Int32
    let writeEnd: Int32

    init() throws(Errno) {
        var (reading, writing): (Int32, Int32) = (-1, -1)
        guard vz_pipe(&reading, &writing) == 0 else { throw Errno(rawValue: errno) }
        self.readEnd = reading
        self.writeEnd = writing
    }

    func close() {
        Glibc.close(self.readEnd)
        Glibc.close(self.writeEnd)
    }

    /// Lets calls on one end return `EAGAIN` rather than block. The other end is not touched.
    ///
    /// - Parameter descriptor: an end of a pipe.
    static func unblock(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
}
