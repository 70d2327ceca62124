package import ArgumentParser
internal import AgentProtocol
internal import JournalSchema
internal import MigrationModel
internal import SecureShell
internal import ToolInformation

/// `vzmigrate [options] DESTINATION CT...`: the options, and what they ask for.
package struct RunCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "vzmigrate",
        abstract: "Moves containers to another server. More is in vzmigrate(8).",
        usage: """
            vzmigrate [options] [user@]destination CT[:new_CT[:private[:root]]] ...
            vzmigrate --recover [CT ...] [--assume OUTCOME --because TEXT]
            """,
        version: Self.version(of: "vzmigrate"))

    static func version(of program: String) -> String {
        ToolVersion.line(
            of: program, protocolVersion: AgentHello.currentVersion, journalSchema: JournalSchema.version)
    }

    /// The server to move to, then the containers to move.
    @Argument(help: .hidden)
    var words: [String] = []

    @OptionGroup(title: "Migration")
    var migration: MigrationOptions

    @OptionGroup(title: "Online")
    var live: OnlineOptions

    @OptionGroup(title: "Checks")
    var checks: CheckOptions

    @OptionGroup(title: "Failure and recovery")
    var failure: FailureOptions

    @OptionGroup(title: "Connection")
    var connection: ConnectionOptions

    @OptionGroup(title: "Output")
    var output: OutputOptions

    package init() {}

    /// What was asked, checked as far as it can be without looking at a server.
    func intention() throws(UsageError) -> Intention {
        guard let name = self.words.first else {
            throw UsageError("a destination and the containers to move have to be given")
        }
        let containers = Array(self.words.dropFirst())
        guard !containers.isEmpty else { throw UsageError("which containers are to move to \(name) has to be given") }
        if self.failure.assume != nil || self.failure.because != nil {
            throw UsageError("--assume and --because go with --recover")
        }
        let online = try self.live.request()
        try self.checkCopy(isOnline: online != nil)
        let destination: SSHDestination
        do { destination = try SSHDestination(parsing: name) } catch { throw UsageError("\(error)") }
        return Intention(
            destination: destination, destinationText: name, sshOptions: try self.connection.sshOptions(),
            items: try ContainerListItem.list(parsing: containers), online: online, copies: self.migration.readonly,
            starts: !self.migration.nostart, removesArea: self.migration.removeArea.map { $0 == .yes },
            keepsDestination: self.failure.keepDestination, timeout: try self.connection.checkedTimeout(),
            freezeTimeout: self.live.freezeTimeout.map { .seconds($0) },
            maxDowntime: self.live.maxDowntime.map { UInt64($0) * 1_000_000 } ?? MigrationPlan.defaultMaxDowntime,
            autoConverges: self.live.autoConverge, passedChecks: self.checks.passedChecks,
            jobs: try self.migration.checkedJobs(), bytesPerSecond: self.connection.limitSpeed?.bytesPerSecond,
            rehearsal: try self.checks.rehearsal(isOnline: online != nil))
    }

    private func checkCopy(isOnline: Bool) throws(UsageError) {
        guard self.migration.readonly else { return }
        if isOnline { throw UsageError("--readonly and --online exclude each other") }
        if self.migration.removeArea == .yes {
            throw UsageError("--readonly changes nothing at the source, so --remove-area yes cannot go with it")
        }
    }
}
