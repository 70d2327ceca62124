internal import HostAccess

/// The rules by which CRIU holds a container's network during a checkpoint. A CRIU that was killed leaves them behind,
/// and the container then runs with a dead network.
package struct NetworkLock: Hashable, Sendable {
    private let network: ContainerNetwork

    package init(_ network: ContainerNetwork) {
        self.network = network
    }

    /// What is there, one line each: chains of iptables and ip6tables, tables of nftables. Empty is clean.
    package func leftovers() throws(NetworkError) -> [String] {
        try self.chains("iptables") + self.chains("ip6tables") + self.tables().map { "nft table \($0)" }
    }

    /// Removes what is there. A CRIU that is ending may remove it too: only what is left in the end counts.
    /// - Throws: where something is left afterwards.
    package func clear() throws(NetworkError) {
        var problem: NetworkError?
        for _ in 0..<3 {
            guard try !self.leftovers().isEmpty else { return }
            do throws(NetworkError) { try self.removeAll() } catch { problem = error }
        }
        let left = try self.leftovers()
        guard left.isEmpty else {
            throw problem ?? self.error("\(left.joined(separator: ", ")) could not be removed")
        }
    }

    private func removeAll() throws(NetworkError) {
        for program in ["iptables", "ip6tables"] where try !self.chains(program).isEmpty {
            for hook in try self.jumps(program) {
                try self.inside(program, ["-w"] + hook.split(separator: " ").map(String.init))
            }
            try self.inside(program, ["-w", "-F", "CRIU"])
            try self.inside(program, ["-w", "-X", "CRIU"])
        }
        for table in try self.tables() {
            try self.inside("nft", ["delete", "table"] + table.split(separator: " ").map(String.init))
        }
    }

    private func chains(_ program: String) throws(NetworkError) -> [String] {
        try self.lines(program, ["-w", "-S"]).filter { $0.hasPrefix("-N CRIU") || $0.hasSuffix("-j CRIU") }
            .map { "\(program) \($0)" }
    }

    /// The rules that lead into the chain, as orders that delete them.
    private func jumps(_ program: String) throws(NetworkError) -> [String] {
        try self.lines(program, ["-w", "-S"]).filter { $0.hasPrefix("-A ") && $0.hasSuffix(" -j CRIU") }
            .map { "-D " + $0.dropFirst("-A ".count) }
    }

    /// Such as `inet CRIU-4711`.
    private func tables() throws(NetworkError) -> [String] {
        try self.lines("nft", ["list", "tables"]).filter { $0.contains(" CRIU-") }.map {
            String($0.dropFirst("table ".count))
        }
    }

    private func lines(_ program: String, _ arguments: [String]) throws(NetworkError) -> [String] {
        // Where the program is not there, CRIU could not use it either.
        guard HostProgram.find(program) != nil else { return [] }
        return try self.inside(program, arguments).outputText.split(separator: "\n").map(String.init)
    }

    @discardableResult
    private func inside(_ program: String, _ arguments: [String]) throws(NetworkError) -> CommandResult {
        let problem: String
        do {
            let call = ["netns", "exec", self.network.namespace, program] + arguments
            let result = try HostProgram.run("ip", call, timeout: .seconds(30))
            if result.succeeded { return result }
            problem = "\(program) \(arguments.joined(separator: " ")): \(result.errorText)"
        } catch {
            problem = error.description
        }
        throw self.error(problem)
    }

    private func error(_ problem: String) -> NetworkError {
        NetworkError(namespace: self.network.namespace, operation: "remove what CRIU left", problem: problem)
    }
}
