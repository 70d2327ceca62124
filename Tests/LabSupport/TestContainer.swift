internal import Glibc
internal import Synchronization

/// A container that one test makes; what is left of it on either node goes with it.
package final class TestContainer {
    private static let made = Mutex(0)

    package let id: String
    /// Its program, `runc` or `crun`.
    package let runtime: String
    package let address: String
    /// Of IPv6; none unless they were asked for.
    package let addresses6: [String]
    package var area: String { "/vz/private/\(self.id)" }

    /// Makes it with `tools/lab ct`, with an address where the kind talks, and with two of IPv6 if it has that.
    package init(
        kind: String, runtime: String = "runc", on node: Node = .node1, isStarted: Bool = true, hasIPv6: Bool = false
    ) throws {
        let number = Self.made.withLock { count in
            count += 1
            return count
        }
        self.id = "\(200 + number)"
        self.runtime = runtime
        self.address = "\(Lab.network).1.\(20 + number % 200)"
        let talks = kind == "tcp" || kind.hasPrefix("memory:")
        self.addresses6 = hasIPv6 ? ["fd00:77::\(self.id)", "fd00:77::1:\(self.id)"] : []
        let options =
            ["--runtime", runtime] + (talks ? ["--ip", self.address] : []) + self.addresses6.flatMap { ["--ip6", $0] }
            + (isStarted ? ["--start"] : [])
        let words = ["\(Lab.repository)/tools/lab", "ct", node.rawValue, self.id, "--kind", kind] + options
        let outcome = try Command.run(words)
        guard outcome.status == 0 else { throw LabError("\(words): \(outcome)") }
    }

    deinit { for node in [Node.node1, .node2] { try? Self.remove(self.id, from: node) } }

    package static func remove(_ id: String, from node: Node) throws {
        try node.shell(
            """
            for group in $(find /sys/fs/cgroup -path "*/vz/$1/freezer.state"); do echo THAWED > $group; done
            runc delete -f $1; crun delete -f $1; ip link del veth$1.0; ip netns del ct$1
            rm -rf /vz/private/$1 /vz/private/$1.* /etc/vz/conf/$1.conf /etc/vz/conf/$1.conf.* /run/vzmigrate/$1
            rm -rf /var/lib/vzmigrate/migrations/* /var/lib/vzmigrate/areas/*
            exit 0
            """, id)
    }

    /// Its runtime's word for its state; `nil` where that does not know it.
    package func status(on node: Node) throws -> String? { try self.word("status", on: node) }

    /// The process number of its first process, as the node sees it.
    package func process(on node: Node) throws -> String? { try self.word("pid", on: node) }

    private func word(_ key: String, on node: Node) throws -> String? {
        let state = try node.run(self.runtime, "state", self.id)
        guard state.status == 0, let line = state.lines.first(where: { $0.contains("\"\(key)\":") }) else { return nil }
        return line.split(separator: ":").last?.filter { $0.isLetter || $0.isNumber }
    }

    /// What its server says to a word: `stat`, `sum`.
    ///
    /// - Returns: the values by their names.
    package func ask(_ question: String) throws -> [String: String] {
        let answer = try Node.client.shell(
            "exec 3<>/dev/tcp/$1/7000; echo $2 >&3; read -r -t 10 line <&3 && echo \"$line\"", self.address, question)
        let pairs = answer.split(whereSeparator: \.isWhitespace).map { $0.split(separator: "=").map(String.init) }
        return Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }) { first, _ in first }
    }

    /// What its workload last wrote to the disk there: the count and the token of its memory.
    package func counter(on node: Node) -> String? { node.read("\(self.area)/rootfs/counter") }

    /// Whether its processes get on there, within seconds: one that was started anew first fills its memory.
    package func counts(on node: Node) -> Bool {
        guard let first = self.counter(on: node) else { return false }
        return (try? wait(10, for: "its counter to change") { self.counter(on: node) != first }) != nil
    }

    package func configuration(on node: Node, _ ending: String = "") throws -> String {
        try node.shell("cat /etc/vz/conf/$1.conf$2 2>/dev/null || true", self.id, ending)
    }

    /// What a migration of it has left there and should not have, a line each; the empty string if nothing.
    package func leftovers(on node: Node) throws -> String {
        // An agent hears of the end of its session a moment after vzmigrate has ended.
        func programs() -> [String] {
            ["vzmigrate", "vzmigrate-agent", "criu"].filter { !node.processes(named: $0).isEmpty }
        }
        try? wait(3, for: "the programs to end") { programs().isEmpty }
        let words = try node.shell(
            """
            ls -d /vz/private/$1.incoming /vz/private/$1/config.json.fenced /vz/private/$1/.config.json.fence \
                /vz/private/$1.migrated/config.json.fenced /run/vzmigrate/$1 /run/vzmigrate/*/ \
                /var/lib/vzmigrate/migrations/* /var/lib/vzmigrate/areas/* 2>/dev/null
            grep -l DISABLED /etc/vz/conf/$1.conf 2>/dev/null
            ls /vz/private /etc/vz/conf | grep -E '[.](new|tmp|draft)' 
            if ! flock -n /vz/lock/$1.lck true; then echo "/vz/lock/$1.lck is held"; fi
            iptables-save 2>/dev/null | grep -i criu
            exit 0
            """, self.id)
        return words + programs().map { "process \($0)\n" }.joined()
    }

    /// The same on a node where it does not belong: anything of it, but for an archive.
    package func traces(on node: Node) throws -> String {
        try self.leftovers(on: node)
            + node.shell(
                """
                ls -d /vz/private/$1 /etc/vz/conf/$1.conf 2>/dev/null
                ls -d /run/netns/ct$1 /run/runc/$1 /run/crun/$1 /sys/class/net/veth$1.0 2>/dev/null
                find /sys/fs/cgroup -type d -path "*/vz/$1*"
                exit 0
                """, self.id)
    }
}

extension Node {
    /// `vzmigrate ARGUMENT...` on this node, to its end.
    package func migrate(_ arguments: String...) throws -> CommandOutcome {
        try self.start(["vzmigrate"] + arguments).wait()
    }

    /// The paths of a container's archived area and configuration, in order.
    package func archives(of container: TestContainer) throws -> [String] {
        try self.shell("cd /vz/private; ls -d $1.* 2> /dev/null; ls /etc/vz/conf | grep ^$1.conf[.]; :", container.id)
            .split(separator: "\n").map(String.init)
    }
}

/// lab-client, talking to a container's server all the time.
package struct Talk {
    private let command: Command

    /// To one of the container's addresses; `nil` is that of IPv4.
    package init(
        to container: TestContainer, at address: String? = nil, options: [String] = ["--pause", "2"]
    ) throws {
        self.command = try Node.client.start(["lab-client", address ?? container.address] + options)
    }

    /// Ends it. Its status is 0 only if no byte was lost, repeated or changed, on one connection.
    package func end() -> CommandOutcome {
        self.command.signal(SIGTERM)
        return self.command.wait()
    }
}
