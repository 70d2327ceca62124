internal import Glibc
internal import SystemPackage

/// A secret that was typed: it never shows in a description, and its bytes are overwritten when it goes.
///
/// Sendable because it owns its buffer alone and nobody writes to it once it is made.
struct Passphrase: ~Copyable, @unchecked Sendable {
    /// Longest that is taken, in bytes; more is cut off.
    private static let bound = 1024

    private let buffer: UnsafeMutableBufferPointer<CChar>

    private init() {
        self.buffer = .allocate(capacity: Self.bound + 1)
        self.buffer.initialize(repeating: 0)
    }

    /// A copy of what another one holds.
    init(_ bytes: [CChar]) {
        self.init()
        for (place, byte) in zip(self.buffer.indices.dropLast(), bytes) { self.buffer[place] = byte }
    }

    deinit {
        if let start = self.buffer.baseAddress { explicit_bzero(start, self.buffer.count) }
        self.buffer.deallocate()
    }

    /// What was typed, without the NUL.
    var bytes: [CChar] { Array(self.buffer.prefix { $0 != 0 }) }

    /// Lends the secret, ended by a NUL.
    ///
    /// - Parameter body: what uses it; it keeps no pointer.
    /// - Returns: what the body returned.
    /// - Throws: what the body threw.
    func withCString<R, E>(_ body: (UnsafePointer<CChar>?) throws(E) -> R) throws(E) -> R {
        try body(UnsafePointer(self.buffer.baseAddress))
    }

    /// Asks on a terminal without showing what is typed, and sets the terminal back.
    ///
    /// Keys that would send a signal are read as keys, so that ^C cannot leave the terminal without echo; the process
    /// gets its SIGINT when the terminal is set back.
    ///
    /// - Parameters:
    ///   - prompt: such as `Passphrase of /root/.ssh/id_ed25519: `.
    ///   - terminal: the path of the terminal.
    ///   - interrupted: called at ^C, before the signal: whoever waits for the answer knows then why there is none.
    /// - Returns: what was typed.
    /// - Throws: `Errno`: why the terminal cannot be used, or `.canceled` after ^C, ^D or a hang-up.
    static func ask(
        _ prompt: String, on terminal: FilePath, interrupted: () -> Void = {}
    ) throws(Errno) -> Passphrase {
        var end: UInt8 = 0
        let passphrase = try Self.ask(prompt, on: terminal, end: &end)
        if end == Self.controlC {
            interrupted()
            kill(getpid(), SIGINT)
        }
        guard [0x0a, 0x0d].contains(end) else { throw .canceled }
        return passphrase
    }

    private static let controlC: UInt8 = 0x03

    private static func ask(
        _ prompt: String, on terminal: FilePath, end: inout UInt8
    ) throws(Errno) -> Passphrase {
        let descriptor = terminal.withPlatformString { open($0, O_RDWR | O_NOCTTY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        defer { close(descriptor) }
        // In the background nobody looks at our prompt, and the terminal is another program's.
        let group = tcgetpgrp(descriptor)
        guard group < 0 || group == getpgrp() else { throw Errno(rawValue: ENOTTY) }
        var before = termios()
        guard tcgetattr(descriptor, &before) == 0 else { throw Errno(rawValue: errno) }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard tcsetattr(descriptor, TCSAFLUSH, &silent) == 0 else { throw Errno(rawValue: errno) }
        defer { tcsetattr(descriptor, TCSAFLUSH, &before) }
        let passphrase = Passphrase()
        Self.write(prompt, to: descriptor)
        defer { Self.write("\r\n", to: descriptor) }
        end = Self.readLine(from: descriptor, into: passphrase.buffer)
        return passphrase
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }

    /// - Returns: the key that ended it; 0 where none did.
    private static func readLine(from descriptor: Int32, into buffer: UnsafeMutableBufferPointer<CChar>) -> UInt8 {
        var count = 0
        var byte: UInt8 = 0
        while true {
            let got = read(descriptor, &byte, 1)
            if got < 0, errno == EINTR { continue }
            guard got == 1 else { return 0 }
            switch byte {
            case 0x0a, 0x0d, Self.controlC, 0x04: return byte
            case 0x08, 0x7f: count = max(0, count - 1)
            case 0x15: count = 0
            case _ where count < self.bound:
                buffer[count] = CChar(bitPattern: byte)
                count += 1
            default: continue
            }
            buffer[count] = 0
        }
    }
}
