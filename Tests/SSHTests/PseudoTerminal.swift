internal import Glibc
internal import Host
internal import SystemPackage

/// A terminal with a typist: the test types, the program under test asks.
final class PseudoTerminal: Sendable {
    let path: FilePath
    private let keyboard: Int32
    private let screen: Int32

    init() throws {
        self.keyboard = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var number: Int32 = 0
        // TIOCSPTLCK and TIOCGPTN: unlock, and ask for the number. See: man 2 ioctl_tty.
        guard ioctl(self.keyboard, 0x4004_5431, &number) == 0, ioctl(self.keyboard, 0x8004_5430, &number) == 0 else {
            throw Errno(rawValue: errno)
        }
        self.path = FilePath("/dev/pts/\(number)")
        // Held open, so that the terminal and its settings outlive each question.
        self.screen = self.path.withPlatformString { open($0, O_RDWR | O_NOCTTY | O_CLOEXEC) }
    }

    deinit {
        close(self.keyboard)
        close(self.screen)
    }

    /// Whether the terminal shows what is typed.
    var echoes: Bool {
        var settings = termios()
        tcgetattr(self.screen, &settings)
        return settings.c_lflag & tcflag_t(ECHO) != 0 && settings.c_lflag & tcflag_t(ICANON) != 0
    }

    /// Answers each question that ends in `: ` with the next text.
    ///
    /// - Returns: everything that was shown.
    func answer(_ answers: [String]) async throws -> String {
        try await runBlocking(named: "typist") { [keyboard] () throws(any Error) in
            var shown = ""
            var bytes = [UInt8](repeating: 0, count: 4096)
            for answer in answers {
                repeat {
                    let count = read(keyboard, &bytes, bytes.count)
                    guard count > 0 else { throw Errno(rawValue: errno) }
                    shown += String(decoding: bytes.prefix(count), as: UTF8.self)
                } while !shown.hasSuffix(": ")
                try FileDescriptor(rawValue: keyboard).writeAll(answer.utf8)
            }
            let count = read(keyboard, &bytes, bytes.count)
            return shown + String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
    }
}
