internal import Container
internal import Destination
internal import Glibc
internal import HandOver
internal import Host
internal import Journal
internal import SystemPackage
internal import Transfer

/// vzmigrate-agent: started over SSH by vzmigrate, and by the runtime as a fence's hook.
package enum AgentCommand {
    /// Runs the command line of this process and ends it.
    package static func start() async -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case nil: Glibc.exit(await self.serve())
        case PrivateMountLauncher.verb: Glibc.exit(PrivateMountLauncher.main(Array(arguments.dropFirst())))
        case PageProgram.daemon.rawValue: Glibc.exit(self.bringPages(Array(arguments.dropFirst())))
        case PageProgram.guardian.rawValue: Glibc.exit(self.guardPages(Array(arguments.dropFirst())))
        case "fence": Glibc.exit(self.refuseStart(of: arguments.dropFirst().first ?? "this container"))
        case "--version": Glibc.exit(self.tellVersion())
        default:
            self.say("it is started by vzmigrate over SSH, without arguments; see: man vzmigrate-agent")
            Glibc.exit(1)
        }
    }

    private static func tellVersion() -> Int32 {
        print(
            ToolVersion.line(
                of: "vzmigrate-agent", protocolVersion: AgentHello.currentVersion,
                journalSchema: JournalSchema.version))
        return 0
    }

    private static func serve() async -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        do {
            let layout = NodeLayout()
            let journal = try JournalStore(directory: layout.journalDirectory, toolVersion: ToolVersion.text)
            let node = DestinationNode(
                registry: try ContainerRegistry(of: layout), programs: try self.programs(), journal: journal,
                tool: ToolVersion.text)
            try await AgentServer(node: node, input: .standardInput, output: .standardOutput).run()
            return 0
        } catch {
            self.say("\(error)")
            return 2
        }
    }

    /// The page daemon of an arriving container.
    private static func bringPages(_ arguments: [String]) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        self.allowDescriptors()
        guard arguments.count > 2, let tasks = IncomingTasks(arguments[2...]) else { return 1 }
        do {
            let node = try self.programs()
            let daemon = try PageDaemon(
                in: PagesDirectory(arguments[0]), images: arguments[1],
                guardProgram: HostProgram(
                    ToolVersion.agentPath, [PageProgram.guardian.rawValue, arguments[0]] + tasks.arguments))
            let isWell = daemon.run {
                self.insist("the page daemon of CT \(arguments[2])") { try tasks.end(on: node) }
            }
            return isWell ? 0 : 2
        } catch {
            SystemLog.notice("the page daemon of CT \(arguments[2]): \(error)")
            return 2
        }
    }

    private static func guardPages(_ arguments: [String]) -> Int32 {
        // A signal that ends the session ends the daemon as well; the guard has to end the container first.
        for number in [SIGTERM, SIGINT, SIGHUP] { signal(number, SIG_IGN) }
        self.allowDescriptors()
        guard arguments.count > 1, let tasks = IncomingTasks(arguments[1...]) else { return 1 }
        do {
            let node = try self.programs()
            let directory = PagesDirectory(arguments[0])
            let areAllThere = PageGuard.run(input: STDIN_FILENO) {
                // The daemon may have been killed when its work was done.
                if case .served? = try? directory.state() { return }
                self.insist("the page guard of CT \(arguments[1])") {
                    try tasks.end(on: node)
                    try directory.record(loss: "the daemon that brought its pages was killed")
                }
            }
            return areAllThere ? 0 : 3
        } catch {
            SystemLog.notice("the page guard of CT \(arguments[1]): \(error)")
            return 2
        }
    }

    /// As long as we live the container's threads wait, so this is tried until it comes through.
    private static func insist(_ who: String, _ deed: () throws -> Void) {
        while true {
            do { return try deed() } catch { SystemLog.notice("\(who): \(error)") }
            sleep(1)
        }
    }

    /// One for each process of the container, and for each that it forks meanwhile.
    private static func allowDescriptors() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static func programs() throws -> HostPrograms {
        let layout = NodeLayout()
        let logs = "\(layout.journalDirectory)/logs"
        try DurableFile.makeDirectories(logs, mode: 0o700)
        return HostPrograms(layout: layout, agent: ToolVersion.agentPath, logs: logs)
    }

    /// The hook of a fence: the runtime shows these words to whoever tries to start the container by hand.
    private static func refuseStart(of container: String) -> Int32 {
        self.say(
            "CT \(container) is held by a migration and must not be started by hand: another copy of it may run; "
                + "vzmigrate-journal list shows the migration, running vzmigrate again ends it")
        return 1
    }

    private static func say(_ sentence: String) {
        let line = Array("vzmigrate-agent: \(sentence)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
