internal import ArgumentParser
internal import Glibc
internal import SSH

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

/// The value of `--limit-speed`: a number of bytes a second, with k, M or G for powers of ten.
struct SpeedLimit: ExpressibleByArgument, Hashable, Sendable {
    let bytesPerSecond: UInt64

    init?(argument: String) {
        let factors: [Character: UInt64] = ["k": 1000, "K": 1000, "M": 1_000_000, "G": 1_000_000_000]
        let factor = argument.last.flatMap { factors[$0] }
        guard let number = UInt64(factor == nil ? argument : String(argument.dropLast())), number > 0 else {
            return nil
        }
        let (product, overflows) = number.multipliedReportingOverflow(by: factor ?? 1)
        guard !overflows else { return nil }
        self.bytesPerSecond = product
    }
}

/// Where the operator stands.
enum CurrentDirectory {
    /// Absolute; `/` where it is gone.
    static var path: String {
        guard let bytes = getcwd(nil, 0) else { return "/" }
        defer { free(bytes) }
        return String(cString: bytes)
    }
}
