internal import CLinux
internal import Glibc

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
