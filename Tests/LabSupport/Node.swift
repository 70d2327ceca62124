package import Glibc

/// A server of the lab, or the client beside them.
package enum Node: String, CustomStringConvertible {
    case node1
    case node2
    case client

    package var description: String { self.rawValue }

    package func start(_ words: [String]) throws -> Command {
        try Command(["\(Lab.repository)/tools/lab", "run", self.rawValue] + words)
    }

    @discardableResult
    package func run(_ words: String...) throws -> CommandOutcome { try self.start(words).wait() }

    /// Runs a script of bash, whose `$1` and so on are the arguments.
    ///
    /// - Returns: what it printed.
    @discardableResult
    package func shell(_ script: String, _ arguments: String...) throws -> String {
        let outcome = try self.start(["bash", "-c", script, "bash"] + arguments).wait()
        guard outcome.status == 0 else { throw LabError("\(self): \(script): \(outcome)") }
        return outcome.output
    }

    /// Where this machine finds a path below /vz or /var/lib/vzmigrate of the node.
    package func disk(_ path: String) -> String {
        let state = "/var/lib/vzmigrate"
        let lab = "\(Lab.home)/labs/\(Lab.id)"
        if let share = readFile("\(lab)/share")?.split(separator: "\n").first, path.hasPrefix(share) {
            return "\(lab)/shared\(path.dropFirst(share.count))"
        }
        let place = path.hasPrefix(state) ? "/state\(path.dropFirst(state.count))" : path
        return "\(Lab.home)/labs/\(Lab.id)/\(self.rawValue)\(place)"
    }

    package func read(_ path: String) -> String? { readFile(self.disk(path)) }
    package func exists(_ path: String) -> Bool { access(self.disk(path), F_OK) == 0 }

    /// The processes of the node by name, as this machine numbers them; not those that have ended and were not waited
    /// for.
    package func processes(named name: String) -> [pid_t] {
        processNumbers().filter { process in
            guard readFile("/proc/\(process)/comm") == name + "\n", processState(process) != "Z" else { return false }
            let groups = readFile("/proc/\(process)/cgroup") ?? ""
            return (groups + "/").split(separator: "\n").contains { ($0 + "/").contains("/\(Lab.id)-\(self)/") }
        }
    }

    /// A container's control group with a freezer, as this machine finds it; it may not be there.
    package func controlGroup(of container: String) -> String {
        let (root, group) = ("/sys/fs/cgroup", "\(Lab.id)-\(self)/vz/\(container)")
        return access("\(root)/freezer", F_OK) == 0 ? "\(root)/freezer/\(group)" : "\(root)/\(group)"
    }

    /// The rows of the journal about a container's latest migration; none if there is none.
    package func journal(of container: String) throws -> [JournalRow] {
        let outcome = try Command.run([
            "\(Lab.programs)/vzmigrate-journal", "show", container, "--db",
            self.disk("/var/lib/vzmigrate/journal.db"),
        ])
        return JournalRow.rows(of: outcome.output)
    }
}
