internal import ArgumentParser
internal import Glibc
internal import HandOver
internal import SSH

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

/// `c [SRC/]CT c [user@]HOST[/NEW_CT] [options]`: pmigrate's words, which say of one container what vzmigrate's say of
/// a list.
struct PmigrateWords: Hashable, Sendable {
    let container: ContainerID
    /// `[user@]HOST`, as it was typed.
    let destination: String
    /// `nil` for the id that it has here.
    let newContainer: ContainerID?
    /// vzmigrate's, as they were typed.
    let options: [String]

    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - hostName: what this server calls itself.
    /// - Throws: ``UsageError`` with the reason. It never repeats a password.
    init(parsing arguments: [String], hostName: String) throws(UsageError) {
        for index in [0, 2] where arguments.count > index { try Self.checkType(arguments[index]) }
        guard arguments.count >= 4 else { throw UsageError("a type or an address is missing") }
        let source = try Self.parts(of: arguments[1])
        if source.count == 2, !Self.isLocal(source[0], hostName: hostName) {
            throw UsageError(
                "the source must be local, and '\(source[0])' is not this server, \(hostName): run pmigrate there")
        }
        self.container = try Self.identifier(source[source.count - 1])
        let destination = try Self.parts(of: arguments[3])
        self.destination = destination[0]
        self.newContainer = destination.count == 2 ? try Self.identifier(destination[1]) : nil
        do { _ = try SSHDestination(parsing: self.destination) } catch { throw UsageError("\(error)") }
        self.options = Array(arguments.dropFirst(4))
    }

    /// The same as a command line of vzmigrate.
    var arguments: [String] { self.operands + self.options }

    /// What vzmigrate is to run, which has no other container in it and is no recovery.
    func command() throws -> RunCommand {
        let command = try RunCommand.parse(WaivedChecks.spelledOut(self.arguments))
        guard command.words == self.operands else {
            throw UsageError("it moves one container, and takes nothing but options after the second address")
        }
        guard !command.failure.recover, command.failure.guardedProcess == nil else {
            throw UsageError("it does not recover: use vzmigrate --recover")
        }
        return command
    }

    private var operands: [String] {
        [self.destination, [self.container, self.newContainer].compactMap(\.?.description).joined(separator: ":")]
    }

    private static func checkType(_ word: String) throws(UsageError) {
        switch word {
        case "c": return
        case "h": throw UsageError("h, a physical server, cannot be moved or moved to: only containers can, c to c")
        case "v": throw UsageError("v, a virtual machine, cannot be moved or moved to: only containers can, c to c")
        default: throw UsageError("'\(word)' is no type: only containers can be moved, c to c")
        }
    }

    /// What stands before the last slash of an address and what stands after it, or the whole where there is none.
    private static func parts(of address: String) throws(UsageError) -> [String] {
        if let at = address.lastIndex(of: "@"), address[..<at].contains(":") {
            throw UsageError(
                "a password in the address is refused: anyone can read it in the list of processes. "
                    + "Give [user@]HOST and use a key or ssh-agent")
        }
        guard let slash = address.lastIndex(of: "/") else { return [address] }
        return [String(address[..<slash]), String(address[address.index(after: slash)...])]
    }

    private static func isLocal(_ source: String, hostName: String) -> Bool {
        let name = hostName.lowercased()
        let first = String(name.prefix { $0 != "." })
        return ["localhost", "127.0.0.1", "::1", "[::1]", name, first].contains(source.lowercased())
    }

    private static func identifier(_ text: String) throws(UsageError) -> ContainerID {
        do { return try ContainerID(parsing: text) } catch { throw UsageError("\(error)") }
    }
}
