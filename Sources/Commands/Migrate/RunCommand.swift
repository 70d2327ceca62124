package import ArgumentParser
internal import HandOver
internal import Host
internal import Journal
internal import SSH
internal import Supervisor
internal import Transfer

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
    func request() throws(UsageError) -> MigrationRequest {
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
        do { _ = try SSHDestination(parsing: name) } catch { throw UsageError("\(error)") }
        var request = MigrationRequest(to: name, try ContainerListItem.list(parsing: containers))
        request.sshOptions = try self.connection.sshOptions()
        (request.online, request.copies, request.starts) = (online, self.migration.readonly, !self.migration.nostart)
        request.removesArea = self.migration.removeArea.map { $0 == .yes }
        request.keepsDestination = self.failure.keepDestination
        request.timeout = try self.connection.checkedTimeout()
        request.freezeTimeout = self.live.freezeTimeout.map { .seconds($0) }
        request.maxDowntime = self.live.maxDowntime.map { .milliseconds($0) } ?? MigrationPlan.defaultMaxDowntime
        request.autoConverges = self.live.autoConverge
        request.waivedChecks = self.checks.waivedChecks
        request.jobs = try self.migration.checkedJobs()
        request.bytesPerSecond = self.connection.limitSpeed?.bytesPerSecond
        request.dryRunMode = try self.checks.dryRunMode(isOnline: online != nil)
        return request
    }

    private func checkCopy(isOnline: Bool) throws(UsageError) {
        guard self.migration.readonly else { return }
        if isOnline { throw UsageError("--readonly and --online exclude each other") }
        if self.migration.removeArea == .yes {
            throw UsageError("--readonly changes nothing at the source, so --remove-area yes cannot go with it")
        }
    }
}

extension RunCommand {
    /// What `--recover` asks for, once it is known to make sense.
    func recoveryRequest() throws(UsageError) -> RecoveryRequest {
        if self.live.isAsked || self.migration.isAsked || self.checks.isAsked || self.failure.keepDestination
            || self.connection.ssh != nil || self.connection.limitSpeed != nil
        {
            throw UsageError(
                "--recover goes on with what was asked then; of the options of a migration only --timeout goes with it")
        }
        var containers: [ContainerID] = []
        for word in self.words {
            do { containers.append(try ContainerID(parsing: word)) } catch { throw UsageError("\(error)") }
        }
        return RecoveryRequest(containers: containers, decision: try self.decision(of: containers))
    }

    private func decision(of containers: [ContainerID]) throws(UsageError) -> OperatorDecision? {
        let reason = self.failure.because?.trimmingBlanks ?? ""
        guard let assume = self.failure.assume else {
            guard self.failure.because == nil else { throw UsageError("--because goes with --assume") }
            return nil
        }
        guard containers.count == 1 else {
            throw UsageError("--assume decides for one container; give its id after --recover")
        }
        guard !reason.isEmpty else {
            throw UsageError("--assume needs --because TEXT: the journal keeps for ever why it was decided")
        }
        return OperatorDecision(assume.outcome, because: reason)
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        guard let first = self.firstIndex(where: { !$0.isWhitespace }),
            let last = self.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}

/// A command line that cannot be obeyed: exit 1, and nothing was touched.
struct UsageError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
