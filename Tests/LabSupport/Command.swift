package import Glibc

/// A program that was started and not yet waited for; what it prints is kept for the end.
package final class Command {
    package let process: pid_t
    private let output: Int32
    private let complaint: Int32
    private var outcome: CommandOutcome?

    /// The words are the program, found through PATH, and its arguments.
    package init(_ words: [String]) throws {
        self.output = try Self.scratchFile()
        self.complaint = try Self.scratchFile()
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&files, self.output, 1)
        posix_spawn_file_actions_adddup2(&files, self.complaint, 2)
        var attributes = Self.openToSignals()
        defer { posix_spawnattr_destroy(&attributes) }
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var process: pid_t = 0
        let code = posix_spawnp(&process, words[0], &files, &attributes, &arguments, environ)
        guard code == 0 else { throw LabError("could not start \(words[0]): errno \(code)") }
        self.process = process
    }

    deinit {
        if self.outcome == nil {
            Glibc.kill(self.process, SIGKILL)
            _ = self.wait()
        }
        close(self.output)
        close(self.complaint)
    }

    /// Runs a program to its end.
    @discardableResult
    package static func run(_ words: [String]) throws -> CommandOutcome { try Command(words).wait() }

    package func signal(_ number: Int32) { Glibc.kill(self.process, number) }

    package var hasEnded: Bool {
        var information = siginfo_t()
        guard self.outcome == nil else { return true }
        waitid(P_PID, id_t(self.process), &information, WEXITED | WNOHANG | WNOWAIT)
        return information.si_signo == SIGCHLD
    }

    package func wait() -> CommandOutcome {
        if let outcome = self.outcome { return outcome }
        var status: Int32 = 0
        while waitpid(self.process, &status, 0) < 0, errno == EINTR {}
        let outcome = CommandOutcome(
            status: status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F,
            output: Self.text(self.output), complaint: Self.text(self.complaint))
        self.outcome = outcome
        return outcome
    }

    /// A test runs on a thread that blocks most signals, and a child inherits that.
    private static func openToSignals() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        posix_spawnattr_setsigmask(&attributes, &none)
        return attributes
    }

    private static func scratchFile() throws -> Int32 {
        var template = Array("/tmp/vzmigrate-output-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw LabError("mkstemp failed with errno \(errno)") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
        return descriptor
    }

    private static func text(_ descriptor: Int32) -> String {
        var (bytes, block) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
        while case let count = pread(descriptor, &block, block.count, off_t(bytes.count)), count > 0 {
            bytes += block[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// How a program ended and what it said.
package struct CommandOutcome: CustomStringConvertible {
    /// As a shell has it: 128 and more for a signal.
    package let status: Int32
    package let output: String
    package let complaint: String

    package var description: String { "status \(self.status)\n\(self.output)\(self.complaint)" }
    package var lines: [String] { self.output.split(separator: "\n").map(String.init) }
    package var complaints: [String] { self.complaint.split(separator: "\n").map(String.init) }
}

package struct LabError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
