internal import Host
internal import Synchronization

/// Connects to one destination as the options and the configuration of ssh say: with libssh2 where that can, else
/// through the system's `ssh`, which is said once.
package final class SSHClient: Sendable {
    private let text: String
    private let commandLine: String?
    private let base: SSHOptions
    /// Read at the first connection, so that a file that is broken keeps nobody from what needs none.
    private let route = Mutex<SSHRoute?>(nil)
    /// Why the system's `ssh` is used; `nil` as long as it is not.
    private let reason = Mutex<String?>(nil)

    /// - Parameters:
    ///   - destination: `[user@]host[:port]`.
    ///   - commandLine: the options of `--ssh`, with absolute paths.
    ///   - base: what is not ssh's to say.
    package init(to destination: String, commandLine: String?, base: SSHOptions) {
        self.text = destination
        self.commandLine = commandLine
        self.base = base
    }

    /// - Throws: `HostError` of any kind but `programRefused` and `beyondUs`.
    package func connect() async throws(HostError) -> any SSHTransport {
        let route = try await self.resolvedRoute()
        if self.reason.withLock({ $0 }) == nil, route.beyondUs.isEmpty {
            do throws(HostError) {
                return try await SSHSession.connect(to: route.destination, options: route.options)
            } catch {
                guard error.kind == .beyondUs else { throw error }
                return try self.program(route, because: error.cause)
            }
        }
        return try self.program(route, because: route.beyondUs.joined(separator: ", "))
    }

    private func resolvedRoute() async throws(HostError) -> SSHRoute {
        if let route = self.route.withLock({ $0 }) { return route }
        let route: SSHRoute
        do throws(SSHRefusal) {
            route = try await runBlocking(named: "ssh -G") { [text, commandLine, base] () throws(SSHRefusal) in
                let options = try commandLine.map { text throws(SSHRefusal) in
                    try SSHCommandLine(checked: text, in: "/")
                }
                return try SSHRoute(to: text, options, base: base)
            }
        } catch {
            throw self.error("\(error)", error.isOfThisServer ? .sshUnusable : .optionsRefused)
        }
        let isFirst = self.route.withLock { known in
            defer { known = known ?? route }
            return known == nil
        }
        if isFirst, route.lacksFiles {
            self.base.say?(
                "~/.ssh/config and /etc/ssh/ssh_config are not read, because ssh is not installed here "
                    + "(apt install openssh-client)")
        }
        return route
    }

    private func program(_ route: SSHRoute, because reason: String) throws(HostError) -> SystemSSH {
        guard let path = HostProgram.find(self.base.program) else {
            throw self.error(
                "\(reason): that takes the program ssh, which is not installed here (apt install openssh-client)")
        }
        let isNews = self.reason.withLock { known in
            defer { known = known ?? reason }
            return known == nil
        }
        if isNews, route.options.verbosity != .quiet {
            self.base.say?("the connection goes through \(path): \(reason)")
        }
        return SystemSSH(route: route, path: path)
    }

    private func error(_ cause: String, _ kind: HostError.Kind = .optionsRefused) -> HostError {
        let destination = (try? SSHDestination(parsing: self.text)) ?? SSHDestination(host: self.text)
        return HostError(kind: kind, destination: destination, operation: "connect", cause: cause)
    }
}
