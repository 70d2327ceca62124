internal import Glibc
internal import LabSupport

/// A node's cable: its port on the wire between the nodes.
enum Link {
    /// The port takes and gives nothing, and neither side is told.
    static func blackHole(_ node: Node) throws { try self.setState(of: node, "0") }

    static func mend(_ node: Node) throws { try self.setState(of: node, "3") }

    /// Ends every SSH connection between the nodes by the end of its server's process, which has told the other side
    /// when this returns.
    static func reset() throws {
        let servers = ["sshd-session", "sshd-auth"].flatMap { Node.node2.processes(named: $0) }
        servers.forEach { $0.kill() }
        try wait(for: "sshd's sessions to end") { servers.allSatisfy { Glibc.kill($0, 0) != 0 } }
    }

    /// The states of a port. See: 'man 8 bridge'.
    private static func setState(of node: Node, _ state: String) throws {
        try Node.client.shell("bridge link set dev $1 state $2", node.rawValue, state)
    }
}
