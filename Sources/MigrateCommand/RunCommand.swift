package import ArgumentParser
internal import MigrationModel
internal import SecureShell
internal import ToolInformation

/// `vzmigrate [options] DESTINATION CT...`: the options, and what they ask for.
package struct RunCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "vzmigrate",
        abstract: "Moves containers to another server, with minimal or zero downtime.",
        usage: """
            vzmigrate [options] [user@]destination CT_ID[:new_CT_ID[:private[:root]]] ...
            vzmigrate --recover [CT_ID ...] [--assume committed|aborted --because TEXT]
            """,
        discussion: """
            Exit status: 0 all moved; 1 usage; 4 cannot connect; 9 exists at the destination; 10 no such container;
            25 ended by a signal; 73 live migration failed; 80 in doubt. The README has the whole table.
            """,
        version: ToolVersion.text)

    @Argument(help: ArgumentHelp("The server to move to, then the containers to move.", valueName: "destination CT"))
    var words: [String] = []

    @Flag(name: [.customShort("s"), .customLong("nostart")], help: "Do not start the container at the destination.")
    var nostart = false

    @Option(
        name: [.customShort("r"), .customLong("remove-area")],
        help: ArgumentHelp(
            "Remove area and configuration at the source, or rename them to .migrated (over REMOVEMIGRATED).",
            valueName: "yes|no"))
    var removeArea: RemoveArea?

    @Flag(name: .customLong("keep-dst"), help: "Keep the synced area at the destination if the migration fails.")
    var keepDestination = false

    @Flag(help: "Move the running container with its memory and its connections.")
    var online = false

    @Flag(help: "With --online: leave most of the memory at the source, fetched on demand.")
    var lazy = false

    @Flag(help: "With --online: no rounds, all memory while the container is frozen.")
    var noiter = false

    @Flag(name: .customLong("require-realtime"), help: "With --online: iterative, or fail.")
    var requireRealtime = false

    @Flag(help: "Copy only: change nothing at the source, register a stopped copy.")
    var readonly = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Options of ssh for the connections to the destination.", valueName: "options"))
    var ssh: String?

    @Option(help: ArgumentHelp("Give up on a destination that is silent for so long.", valueName: "seconds"))
    var timeout = 30

    @Option(
        help: ArgumentHelp(
            "With --online: give up and let the container go on here when it was frozen for so long.",
            valueName: "seconds"))
    var freezeTimeout: Int?

    @Option(
        help: ArgumentHelp(
            "With --online: copy memory in rounds until it can stand still for so short a time, if it can.",
            valueName: "milliseconds"))
    var maxDowntime: Int?

    @Flag(
        help: "With --online: take processor time from a container that writes faster than its memory can be sent.")
    var autoConverge = false

    @Flag(help: "End what dead processes left unfinished on this server, in either role.")
    var recover = false

    @Option(
        help: ArgumentHelp(
            "With --recover CT: the other server is gone for good; take the hand-over as committed or aborted.",
            valueName: "committed|aborted"))
    var assume: AssumedOutcome?

    @Option(help: ArgumentHelp("With --assume: why, kept in the journal for ever.", valueName: "text"))
    var because: String?

    /// The guardian's own option: wait for the end of this process first.
    @Option(name: .customLong("guard"), help: .private)
    var guardedProcess: Int32?

    package init() {}

    /// What was asked, checked as far as it can be without looking at a server.
    func intention() throws(UsageError) -> Intention {
        guard let name = self.words.first else {
            throw UsageError("a destination and the containers to move have to be given")
        }
        let containers = Array(self.words.dropFirst())
        guard !containers.isEmpty else { throw UsageError("which containers are to move to \(name) has to be given") }
        if self.assume != nil || self.because != nil {
            throw UsageError("--assume and --because go with --recover")
        }
        let online = try OnlineFlags(
            online: self.online, lazy: self.lazy, noiter: self.noiter, requireRealtime: self.requireRealtime
        ).request()
        if self.readonly && online != nil { throw UsageError("--readonly and --online exclude each other") }
        if self.readonly && self.removeArea == .yes {
            throw UsageError("--readonly changes nothing at the source, so --remove-area yes cannot go with it")
        }
        guard (1...86_400).contains(self.timeout) else {
            throw UsageError("--timeout takes 1 to 86400 seconds, not \(self.timeout)")
        }
        if let limit = self.freezeTimeout, !(1...3600).contains(limit) {
            throw UsageError("--freeze-timeout takes 1 to 3600 seconds, not \(limit)")
        }
        if let target = self.maxDowntime, !(1...3_600_000).contains(target) {
            throw UsageError("--max-downtime takes 1 to 3600000 milliseconds, not \(target)")
        }
        if online?.type.isIterative != true, let flag = self.flagOfRounds {
            throw UsageError("\(flag) can be used only together with --online, and not with --noiter")
        }
        let destination: SSHDestination
        do { destination = try SSHDestination(parsing: name) } catch { throw UsageError("\(error)") }
        return Intention(
            destination: destination, destinationText: name, sshOptions: try self.sshOptions(),
            items: try ContainerListItem.list(parsing: containers), online: online, copies: self.readonly,
            starts: !self.nostart, removesArea: self.removeArea.map { $0 == .yes },
            keepsDestination: self.keepDestination, timeout: .seconds(self.timeout),
            freezeTimeout: self.freezeTimeout.map { .seconds($0) },
            maxDowntime: self.maxDowntime.map { UInt64($0) * 1_000_000 } ?? MigrationPlan.defaultMaxDowntime,
            autoConverges: self.autoConverge)
    }

    /// As they are read back, with every path absolute: whoever recovers this migration runs elsewhere.
    private func sshOptions() throws(UsageError) -> String? {
        guard let ssh = self.ssh else { return nil }
        do throws(SSHRefusal) {
            let options = try SSHCommandLine(parsing: ssh, in: CurrentDirectory.path).description
            return options.isEmpty ? nil : options
        } catch { throw UsageError("\(error)") }
    }

    /// One that says how rounds go; `nil` where none was given.
    private var flagOfRounds: String? {
        self.maxDowntime != nil ? "--max-downtime" : self.autoConverge ? "--auto-converge" : nil
    }
}

/// The value of `--assume`.
enum AssumedOutcome: String, ExpressibleByArgument, CaseIterable, Sendable {
    case committed
    case aborted

    var outcome: OperatorDecision.Outcome {
        switch self {
        case .committed: .committed
        case .aborted: .aborted
        }
    }
}

/// The value of `--remove-area`.
enum RemoveArea: String, ExpressibleByArgument, CaseIterable, Sendable {
    case yes
    case no
}

/// What a command line asks for, once it is known to make sense.
struct Intention: Sendable {
    let destination: SSHDestination
    /// As it was typed.
    let destinationText: String
    /// Of `--ssh`, for every connection; `nil` for none.
    let sshOptions: String?
    let items: [ContainerListItem]
    let online: OnlineFlags.Request?
    let copies: Bool
    let starts: Bool
    /// `nil` leaves it to `REMOVEMIGRATED`.
    let removesArea: Bool?
    let keepsDestination: Bool
    let timeout: Duration
    /// `nil` goes by the container's size.
    let freezeTimeout: Duration?
    /// In nanoseconds.
    let maxDowntime: UInt64
    let autoConverges: Bool
}
