internal import Glibc
internal import MigrationModel

/// `pmigrate c [SRC/]CT c [user@]HOST[/NEW_CT] [options]`: another way to say what vzmigrate does, in the same process.
package enum PmigrateCommand {
    private static let usage =
        "pmigrate c [SRC/]CT c [user@]HOST[/NEW_CT] [options] moves a container of this server to another, "
        + "with the options of vzmigrate --help."

    /// Runs the command line of this process and ends it.
    package static func start() async -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments {
        case ["-h"], ["--help"]:
            print(Self.usage)
            Glibc.exit(ExitStatus.success.rawValue)
        case ["--version"]:
            print(RunCommand.version(of: "pmigrate"))
            Glibc.exit(ExitStatus.success.rawValue)
        default: break
        }
        await RunCommand.start {
            do {
                return try PmigrateWords(parsing: arguments, hostName: Self.hostName).command()
            } catch let error as UsageError { Self.refuse(error) }
        }
    }

    private static func refuse(_ error: UsageError) -> Never {
        let reason = error.description
        let line = Array("pmigrate: \(reason)\(reason.hasSuffix(".") ? "" : ".") Usage: \(Self.usage)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        Glibc.exit(ExitStatus.usage.rawValue)
    }

    private static var hostName: String {
        var names = utsname()
        guard uname(&names) == 0 else { return "localhost" }
        return withUnsafeBytes(of: &names.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
