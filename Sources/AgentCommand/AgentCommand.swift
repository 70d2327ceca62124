internal import AgentSteps
internal import ContainerHost
internal import ContainerRuntime
internal import Glibc
internal import HostAccess
internal import MigrationJournal
internal import NodeConfiguration
internal import SystemPackage
internal import ToolInformation

/// vzmigrate-agent: started over SSH by vzmigrate, and by the runtime as a fence's hook.
package enum AgentCommand {
    /// Runs the command line of this process and ends it.
    package static func start() async -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case nil: Glibc.exit(await self.serve())
        case PrivateMountLauncher.verb: Glibc.exit(PrivateMountLauncher.main(Array(arguments.dropFirst())))
        case "fence": Glibc.exit(self.refuseStart(of: arguments.dropFirst().first ?? "this container"))
        case "--version":
            print(ToolVersion.text)
            Glibc.exit(0)
        default:
            self.say("it is started by vzmigrate over SSH, without arguments")
            Glibc.exit(1)
        }
    }

    private static func serve() async -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        do {
            let layout = NodeLayout()
            let logs = "\(layout.journalDirectory)/logs"
            let journal = try JournalStore(directory: layout.journalDirectory, toolVersion: ToolVersion.text)
            try DurableFile.makeDirectories(logs, mode: 0o700)
            let node = DestinationNode(
                registry: try ContainerRegistry(of: layout),
                programs: HostPrograms(layout: layout, agent: ToolVersion.agentPath, logs: logs), journal: journal,
                tool: ToolVersion.text)
            try await AgentServer(node: node, input: .standardInput, output: .standardOutput).run()
            return 0
        } catch {
            self.say("\(error)")
            return 2
        }
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
