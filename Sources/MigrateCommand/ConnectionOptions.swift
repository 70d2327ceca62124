internal import ArgumentParser
internal import SecureShell

/// How the destination is reached.
struct ConnectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Give up on a silent destination.", valueName: "s"))
    var timeout = 30

    @Option(help: ArgumentHelp("The most that all send together a second, such as 50M.", valueName: "bytes"))
    var limitSpeed: SpeedLimit?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Options of ssh for the connections.", valueName: "options"))
    var ssh: String?

    /// As they are read back, with every path absolute: whoever recovers this migration runs elsewhere.
    func sshOptions() throws(UsageError) -> String? {
        guard let ssh = self.ssh else { return nil }
        do throws(SSHRefusal) {
            let options = try SSHCommandLine(parsing: ssh, in: CurrentDirectory.path).description
            return options.isEmpty ? nil : options
        } catch { throw UsageError("\(error)") }
    }

    func checkedTimeout() throws(UsageError) -> Duration {
        guard (1...86_400).contains(self.timeout) else {
            throw UsageError("--timeout takes 1 to 86400 seconds, not \(self.timeout)")
        }
        return .seconds(self.timeout)
    }
}
