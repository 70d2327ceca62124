internal import ArgumentParser
internal import Glibc
internal import HandOver
internal import SSH
internal import Supervisor

extension RunCommand {
    /// Runs the command line of this process and ends it. A command line that makes no sense ends with 1, the manual's
    /// code, and not with ArgumentParser's 64.
    ///
    /// Where `ssh` has started this program to ask for a password, it does that and nothing else.
    package static func start() async -> Never {
        AskpassProgram.runIfAsked(CommandLine.arguments)
        await Self.start { try Self.parse(WaivedChecks.spelledOut(Array(CommandLine.arguments.dropFirst()))) }
    }

    /// Runs what `made` makes of the command line, and ends the process.
    static func start(_ made: () throws -> RunCommand) async -> Never {
        let command: RunCommand
        do {
            command = try made()
        } catch let error as UsageError {
            Self.leave(saying: error)
        } catch {
            Self.leave(saying: error)
        }
        do {
            // The threads of sessions that have just been let go may still be in libcrypto, which exit(3) takes apart
            // under them; everything that was said is written, and everything that was journaled is on the disk.
            let status = try await command.carryOut()
            // Nothing stands still any more, so a signal may end the process while its last words wait for a reader.
            for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
            Output.flush()
            _exit(status.rawValue)
        } catch {
            Self.leave(saying: error)
        }
    }

    private func carryOut() async throws(UsageError) -> ExitStatus {
        // A reader that leaves in the midst of it ends nothing.
        signal(SIGPIPE, SIG_IGN)
        Output.speak(to: try self.output.listener())
        guard self.failure.recover || self.failure.guardedProcess != nil else {
            return await MigrationBatch(request: try self.request()).run()
        }
        let request = try self.recoveryRequest()
        let server = RealServer(timeout: try self.connection.checkedTimeout())
        guard let worker = self.failure.guardedProcess else {
            return await Recovery(request, on: server, OutputReporter()).run(watch: GuardianWatch(on: server)).status
        }
        Output.speak(to: .systemLog)
        // It keeps no file system busy, and is nowhere where leftovers of a migration are looked for.
        _ = chdir("/")
        return await Guardian(on: server, OutputReporter()).guardMigrations(of: worker)
    }

    /// On one line, and where to read on.
    private static func sentence(_ words: String) -> String {
        let line = words.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line + (line.hasSuffix(".") || line.hasSuffix("?") ? "" : ".") + " See: vzmigrate --help"
    }

    private static func leave(saying error: UsageError) -> Never {
        Output.complain(Self.sentence(error.description))
        Output.flush()
        Glibc.exit(ExitStatus.usage.rawValue)
    }

    /// `--help` and `--version` come this way too, and are no failures.
    private static func leave(saying error: any Error) -> Never {
        let text = Self.fullMessage(for: error)
        if Self.exitCode(for: error).isSuccess {
            Output.page(text)
            Output.flush()
            Glibc.exit(ExitStatus.success.rawValue)
        }
        Output.complain(Self.sentence(Self.message(for: error)))
        Output.flush()
        Glibc.exit(ExitStatus.usage.rawValue)
    }
}
