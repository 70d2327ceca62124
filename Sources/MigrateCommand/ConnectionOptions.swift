internal import ArgumentParser

/// How the destination is reached.
struct ConnectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Give up on a silent destination.", valueName: "s"))
    var timeout = 30

    @Option(help: ArgumentHelp("The most that all send together a second, such as 50M.", valueName: "bytes"))
    var limitSpeed: SpeedLimit?

    func checkedTimeout() throws(UsageError) -> Duration {
        guard (1...86_400).contains(self.timeout) else {
            throw UsageError("--timeout takes 1 to 86400 seconds, not \(self.timeout)")
        }
        return .seconds(self.timeout)
    }
}
