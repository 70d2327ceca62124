/// Connections that the kernel has taken for a listener of a container, and the listener has not accepted yet: CRIU
/// refuses to dump them ("In-flight connection").
package struct PendingConnections {
    private let process: Int32

    /// - Parameter process: any of the network namespace, as this server numbers it.
    package init(at process: Int32) { self.process = process }

    /// Whether there are any; what cannot be read has none.
    package var exist: Bool { ["tcp", "tcp6"].contains { self.exist(in: "/proc/\(self.process)/net/\($0)") } }

    /// A listener's receive queue is the number of those that wait. See: 'man 5 proc_pid_net', tcp.
    private func exist(in table: String) -> Bool {
        // Listeners come first.
        let lines = (try? SmallFile.text(table, bound: 256 << 10))?.split(separator: "\n").dropFirst() ?? []
        return lines.contains { line in
            let columns = line.split(separator: " ")
            guard columns.count > 4, columns[3] == Self.listening else { return false }
            return columns[4].split(separator: ":").last?.contains { $0 != "0" } ?? false
        }
    }

    /// TCP_LISTEN in hexadecimal. See: <linux/tcp_states.h>.
    private static let listening = "0A"
}
