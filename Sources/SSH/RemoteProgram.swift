package import SystemPackage

/// A program on the other server, seen as a pair of descriptors.
///
/// The caller owns both descriptors and closes each of them once. Closing `input` is the end of the program's standard
/// input, while `output` goes on. Closing `output` early throws away what the program still writes.
/// When the program, the session or the link ends, `output` reads as ended and writing `input` fails with `EPIPE`.
package final class RemoteProgram: Sendable {
    /// What is written here arrives at the program's standard input. Blocks while the far side does not read.
    package let input: FileDescriptor
    /// What the program writes to its standard output.
    package let output: FileDescriptor
    private let request: ProgramRequest
    /// Ends the channel. It also keeps the session open for as long as one of its programs is held.
    private let hangUp: @Sendable () -> Void

    init(request: ProgramRequest, ends: ProgramRequest.Ends, hangUp: @escaping @Sendable () -> Void) {
        self.input = ends.input
        self.output = ends.output
        self.request = request
        self.hangUp = hangUp
    }

    /// The last 64 KiB that the program wrote to its standard error, for messages.
    package var standardErrorTail: String { self.request.errors.text }

    /// Waits for the end of the program.
    ///
    /// It comes only after the whole output was taken, so read `output` to its end, or close it, before.
    ///
    /// - Returns: the status, the signal, or the error that took the link away.
    package func exit() async -> RemoteExit {
        await self.request.exit.value
    }

    /// Waits for the end of a program that ought to end now, and closes it where it does not.
    ///
    /// - Parameter patience: how long it may take.
    /// - Returns: as `exit()`.
    package func exit(within patience: Duration) async -> RemoteExit {
        let closing = Task {
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            self.close()
        }
        defer { closing.cancel() }
        return await self.exit()
    }

    /// Ends the channel now; the server hangs up on the program. The descriptors stay the caller's to close.
    package func close() {
        self.hangUp()
    }
}

/// How a remote program ended, as far as this side can know.
package enum RemoteExit: Hashable, Sendable {
    /// It ended by itself. (libssh2 reports 0 too where the server sends no status at all.)
    case exited(status: Int32)
    /// A signal ended it; the name comes without `SIG`, such as `KILL`.
    case killed(signal: String)
    /// What became of it is unknown: the link or this side ended first.
    case lost(HostError)

    /// Whether the login shell of the far side did not find the program (127) or may not run it (126).
    package var isProgramMissing: Bool {
        self == .exited(status: 127) || self == .exited(status: 126)
    }
}

/// A program that needs root on the other server, started as whoever logs in there: root starts it by its name, every
/// other account through `sudo -n`, which never asks.
package struct PrivilegedProgram: Hashable, Sendable {
    /// Without a path: `sudo` finds it by its `secure_path`, a shell by its `PATH`.
    let name: String
    let user: String

    package init(_ name: String, as user: String) {
        self.name = name
        self.user = user
    }

    /// What sshd's shell is to run.
    package var words: [String] { self.user == "root" ? [self.name] : ["sudo", "-n", self.name] }

    /// Why sudo did not start it, and the line that its configuration lacks.
    ///
    /// - Parameters:
    ///   - exit: how it ended.
    ///   - errors: what was written to the standard error.
    /// - Returns: `nil` where it was not sudo that failed.
    package func advice(on exit: RemoteExit, _ errors: String) -> String? {
        guard self.user != "root" else { return nil }
        let path = self.name.hasPrefix("/") ? self.name : "/usr/local/bin/\(self.name)"
        let line = "\(self.user) ALL=(root) NOPASSWD: \(path)"
        if exit == .exited(status: 127), !errors.hasPrefix("sudo: ") {
            return "\(self.user) is not root there, and sudo is not installed: install it and add the line "
                + "`\(line)` to /etc/sudoers.d/vzmigrate, or log in as root"
        }
        guard case .exited(let status) = exit, status != 0,
            let words = errors.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("sudo: ") })
        else { return nil }
        if words.hasSuffix("command not found") {
            return "\(words): install vzmigrate there where sudo looks (secure_path in /etc/sudoers), for example its "
                + "programs to /usr/local/bin"
        }
        return "\(self.user) may not run \(self.name) as root there (\(words)): add the line `\(line)` to "
            + "/etc/sudoers.d/vzmigrate with `visudo -f`, with the path where it is installed"
    }
}
