internal import Glibc
internal import Host

/// The network namespace of one container: made by us, outside the container's life, dark until it is plugged in.
///
/// Dark means that this server's end of each pair is on no bridge while its link stays up, so the container sees its
/// carrier and no packet leaves or arrives. Everything may be asked for again; what is so already stays as it is.
package struct ContainerNetwork: Hashable, Sendable {
    /// Where `ip netns` keeps the names. See: 'man 8 ip-netns'.
    package static let directory = "/run/netns"

    /// How long `ip` may take.
    package static let patience: Duration = .seconds(30)

    package let namespace: String
    package let interfaces: [ContainerInterface]

    /// By the name of the namespace; `nil` where it is not a plain file name.
    package init?(namespace: String, interfaces: [ContainerInterface]) {
        guard !namespace.isEmpty, !namespace.hasPrefix("."), !namespace.hasPrefix("-"),
            namespace.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) })
        else { return nil }
        self.namespace = namespace
        self.interfaces = interfaces
    }

    /// The same by the path that config.json names; `nil` where it lies outside the directory of names.
    package init?(path: String, interfaces: [ContainerInterface]) {
        let homes = [Self.directory + "/", "/var/run/netns/"]
        guard let home = homes.first(where: { path.hasPrefix($0) }) else { return nil }
        self.init(namespace: String(path.dropFirst(home.count)), interfaces: interfaces)
    }

    package var path: String { "\(Self.directory)/\(self.namespace)" }

    package var exists: Bool { access(self.path, F_OK) == 0 }

    /// Makes the namespace with its addresses, dark. What there was under the names is removed first.
    package func build() throws(NetworkError) {
        try self.remove()
        var outside = ["netns add \(self.namespace)"]
        var inside = ["link set lo up"]
        var routes: [String] = []
        for interface in self.interfaces {
            outside.append(
                "link add \(interface.hostName) type veth peer name \(interface.name)"
                    + " address \(interface.hardwareText) netns \(self.namespace)")
            outside.append("link set \(interface.hostName) up")
            for address in interface.addresses {
                // Without duplicate address detection: the address is alive elsewhere until the switch.
                let suffix = address.contains(":") ? " nodad" : ""
                inside.append("address add \(address) dev \(interface.name)\(suffix)")
            }
            inside.append("link set \(interface.name) up")
            routes += interface.gateways.map { "route replace default via \($0) dev \(interface.name)" }
        }
        try self.batch("build it", outside)
        try self.batch("give it its addresses", inside + routes, within: true)
    }

    /// Puts this server's ends on their bridges: from here on packets flow.
    package func plug(within timeout: Duration = Self.patience) throws(NetworkError) {
        let lines = self.interfaces.map { "link set \($0.hostName) master \($0.bridge) up" }
        try self.batch("plug it in", lines, timeout: timeout)
    }

    /// Darkens it again.
    package func unplug() throws(NetworkError) {
        try self.batch("take it off its bridge", self.interfaces.map { "link set \($0.hostName) nomaster" })
    }

    /// Forgets what was learned about neighbours while it was dark, when nobody answered. What waits for a neighbour is
    /// lost with that, so no task runs yet.
    package func forgetNeighbours(within timeout: Duration = Self.patience) throws(NetworkError) {
        let lines = self.interfaces.map { "neigh flush dev \($0.name)" }
        try self.batch("flush its neighbours", lines, within: true, timeout: timeout)
    }

    /// Tells the segment where the addresses are now. It costs no process; to be repeated a few times by the caller.
    package func announce() throws(NetworkError) {
        for interface in self.interfaces {
            try NetworkAnnouncement(interface).send(in: self.path, namespace: self.namespace)
        }
    }

    /// Whether this server's ends are all on their bridges.
    package var isPlugged: Bool {
        self.interfaces.allSatisfy { interface in
            access("/sys/class/net/\(interface.hostName)/brport", F_OK) == 0
        }
    }

    /// Removes the pairs first: a namespace that something still pins would keep its end and answer packets with RST.
    package func remove() throws(NetworkError) {
        let present = self.interfaces.filter { access("/sys/class/net/\($0.hostName)", F_OK) == 0 }
        var lines = present.map { "link delete \($0.hostName)" }
        if self.exists { lines.append("netns delete \(self.namespace)") }
        try self.batch("remove it", lines)
    }

    /// One process for all lines, which `ip` reads from its standard input; the first that fails ends it.
    private func batch(
        _ operation: String, _ lines: [String], within: Bool = false, timeout: Duration = Self.patience
    ) throws(NetworkError) {
        guard !lines.isEmpty else { return }
        let input = Array((lines.joined(separator: "\n") + "\n").utf8)
        let options = within ? ["-n", self.namespace] : []
        let problem: String
        do {
            let result = try HostProgram.run("ip", options + ["-batch", "-"], input: input, timeout: timeout)
            if result.succeeded { return }
            problem = result.errorText.split(separator: "\n").joined(separator: "; ")
        } catch {
            problem = error.description
        }
        throw NetworkError(namespace: self.namespace, operation: operation, problem: problem)
    }
}

/// Why a container's network is not as it should be, in the words of `ip` or the kernel.
package struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name of the network namespace.
    package let namespace: String
    package let operation: String
    package let problem: String

    package var description: String { "network \(self.namespace): could not \(self.operation): \(self.problem)" }
}
