package import ArgumentParser
internal import Glibc
internal import Host
package import Journal

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

/// Which journal is meant.
struct JournalOptions: ParsableArguments {
    @Option(name: .customLong("db"), help: "The journal's database, or a copy. Nothing is altered.")
    var path = "/var/lib/vzmigrate/journal.db"

    /// Opens the journal; of a newer one says so on the standard error and goes on.
    func open() throws(JournalFailure) -> JournalReader {
        do {
            let reader = try JournalReader(path: self.path)
            let version = try reader.schemaVersion()
            if version > JournalSchema.version {
                Self.warn("The journal has schema \(version), newer than this program's: some of it may not be shown.")
            }
            return reader
        } catch { throw JournalFailure(error) }
    }

    private static func warn(_ sentence: String) {
        let bytes = Array("vzmigrate-journal: \(sentence)\n".utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

/// Why a subcommand ends without its answer.
package struct JournalFailure: Error, CustomStringConvertible {
    package let status: ExitStatus

    /// A sentence for the terminal, free of control characters.
    package let description: String

    package init(_ status: ExitStatus, _ sentence: String) {
        self.status = status
        self.description = TerminalText.escaped(sentence)
    }

    package init(_ error: JournalError) {
        let status: ExitStatus =
            switch error {
            case .absent: .notFound
            case .schemaNewer: .schemaNewer
            case .fileFailed, .unsuitableFileSystem, .notAJournal, .damaged, .notUnderstood, .committedEventsLost,
                .historyLost, .settingNotInForce, .locked, .versionConflict, .invalidRecord, .outcomeUnknown, .closed,
                .databaseFailed:
                .unreadable
            }
        self.init(status, error.description)
    }
}

/// What the shell learns, as the manual page lists it.
package enum ExitStatus: Int32, CaseIterable, Sendable {
    case success = 0
    case usage = 1
    case notFound = 2
    case chainBroken = 4
    case truncated = 5
    case unreadable = 6
    case schemaNewer = 7

    /// What the status means, for the manual page.
    package var meaning: String {
        switch self {
        case .success: "all is well"
        case .usage: "the command line is not one that the program knows"
        case .notFound: "there is no such migration, or no journal"
        case .chainBroken: "the journal was altered or is damaged"
        case .truncated: "the journal is whole in itself and shorter than, or other than, a witness saw it"
        case .unreadable: "the journal could not be opened or read"
        case .schemaNewer: "a newer program wrote the journal"
        }
    }
}
