package import ArgumentParser
internal import Glibc
internal import JournalSchema
internal import ToolInformation

/// `vzmigrate-journal`: reads the journal of a node and changes nothing.
package struct JournalCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "vzmigrate-journal",
        abstract: "Show what was migrated from and to this server, and prove that the record was not altered.",
        discussion: "vzmigrate-journal(8) has more: exit statuses, examples.",
        version: ToolVersion.line(
            of: "vzmigrate-journal", protocolVersion: nil, journalSchema: JournalSchema.version),
        subcommands: [ListCommand.self, ShowCommand.self, KeptCommand.self, VerifyCommand.self])

    package init() {}

    /// The whole program: parses, runs, speaks, and returns what the shell is told.
    package static func run(arguments: [String]) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try Self.parseAsRoot(arguments)
            try command.run()
            return ExitStatus.success.rawValue
        } catch let failure as JournalFailure {
            Self.complain("vzmigrate-journal: \(failure)\n")
            return failure.status.rawValue
        } catch let code as ExitCode {
            return code.rawValue
        } catch { return Self.end(error) }
    }

    /// Help goes to the standard output and is a success; any other word of the parser is a usage error.
    private static func end(_ error: any Error) -> Int32 {
        let text = Self.fullMessage(for: error) + "\n"
        guard Self.exitCode(for: error) == .success else {
            Self.complain(text)
            return ExitStatus.usage.rawValue
        }
        return (try? StandardOutput.write(text)) == nil ? ExitStatus.unreadable.rawValue : ExitStatus.success.rawValue
    }

    private static func complain(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
