package import MigrationJournal
internal import ToolInformation

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
