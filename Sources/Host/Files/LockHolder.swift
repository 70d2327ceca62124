internal import Glibc

/// Who holds a lock, as the holder wrote it into the lock file.
///
/// The text is only a claim: a holder that was killed leaves it behind. ``isAlive`` tells whether to believe it.
package struct LockHolder: Hashable, CustomStringConvertible {
    package let process: Int32
    package let program: String
    package let purpose: String
    /// UTC, such as `2026-11-24T02:19:35Z`.
    let since: String
    /// Clock ticks from boot to the start of the process, which tells it from a later one of the same number; `nil`
    /// where /proc is not readable. See: 'man 5 proc_pid_stat', field 22.
    let startTicks: UInt64?

    /// This process, from now on.
    init(purpose: String) {
        self.process = getpid()
        let words = CommandLine.arguments.first?.split(separator: "/").last
        self.program = words.map(String.init) ?? "unknown program"
        self.purpose = purpose
        self.since = Self.currentTime()
        self.startTicks = try? ProcessStart.ticks(of: self.process)
    }

    /// - Returns: `nil` if that is not what ``bytes`` writes.
    init?(parsing bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count >= 5, let process = pid_t(lines[0]), process > 0 else { return nil }
        self.process = process
        self.purpose = lines[1]
        self.program = lines[2]
        self.since = lines[3]
        self.startTicks = UInt64(lines[4])
    }

    /// A line a fact. The process comes first because that is where tools of this family look for it.
    var bytes: [UInt8] {
        let lines = [
            String(self.process), self.purpose, self.program, self.since, self.startTicks.map(String.init) ?? "-",
        ]
        // Byte by byte: a carriage return and a newline are one Character.
        return lines.flatMap { Array($0.utf8.map { $0 < 0x20 ? 0x20 : $0 }) + [0x0A] }
    }

    var isAlive: Bool {
        guard kill(self.process, 0) == 0 || errno == EPERM else { return false }
        guard let startTicks = self.startTicks, let ticks = try? ProcessStart.ticks(of: self.process) else {
            return true
        }
        return ticks == startTicks
    }

    package var description: String {
        "\(self.program) (process \(self.process)), \(self.purpose), since \(self.since)"
    }

    private static func currentTime() -> String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// What the kernel knows of the locks on this server, for locks whose holder wrote nothing. See: 'man 5 proc_locks'.
enum KernelLockTable {
    /// The process that holds a flock(2) lock on a file; `nil` if the kernel does not say, as for a process of another
    /// machine or of a process number space that is not visible from here.
    static func holder(of status: stat) -> String? {
        guard let bytes = Self.procFile("locks") else { return nil }
        let file = "\(Self.deviceText(status.st_dev)):\(status.st_ino)"
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 6, words[1] == "FLOCK", words[5] == file else { continue }
            guard let process = pid_t(words[4]), process > 0 else { continue }
            let name = Self.procFile("\(process)/comm").map { String(decoding: $0.dropLast(), as: UTF8.self) }
            return "\(name ?? "unknown program") (process \(process))"
        }
        return nil
    }

    /// A file of /proc, cut off after a megabyte; `nil` if it cannot be read.
    static func procFile(_ name: String) -> [UInt8]? {
        try? NamedDescriptor(opening: "/proc/\(name)", flags: O_RDONLY, to: "read").read(upTo: 1 << 20)
    }

    /// The bits are those of gnu_dev_major and gnu_dev_minor in sys/sysmacros.h, the form is the kernel's `%02x:%02x`.
    private static func deviceText(_ device: dev_t) -> String {
        let number = UInt64(device)
        let major = (number >> 8) & 0xFFF | (number >> 32) & ~0xFFF
        let minor = number & 0xFF | (number >> 12) & ~0xFF
        return [major, minor].map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
            .joined(separator: ":")
    }
}
