internal import LabSupport

/// What goes wrong.
enum Fault: Hashable, CustomStringConvertible {
    /// Processes that get SIGKILL.
    enum Victim: String, CaseIterable {
        case worker = "vzmigrate"
        case guardian
        case agent = "vzmigrate-agent"
        /// Who brings the memory that follows a container, and who ends the container if that one dies. Not both at
        /// once, which nobody would see.
        case pageDaemon = "page-daemon"
        case pageGuard = "page-guard"
    }

    enum Cut: String, CaseIterable {
        /// The connection is reset, and can be made again at once.
        case closed
        /// The connection is reset, and no new one comes through.
        case unreachable
        /// Packets vanish, and nobody says so.
        case blackHoled
    }

    /// A file system of a node.
    enum Disk: String, CaseIterable {
        case areas = "/vz"
        case journal = "/var/lib/vzmigrate"
    }

    case kill([Victim])
    case killPrograms([String], on: Node)
    case powerLoss([Node])
    /// Mended after so many milliseconds.
    case cut(Cut, of: Node, milliseconds: Int)
    case full(Disk, on: Node)

    var description: String {
        switch self {
        case .kill(let victims): "kill \(victims.map(\.rawValue).joined(separator: " and "))"
        case .killPrograms(let programs, let node): "kill \(programs.joined(separator: " and ")) on \(node)"
        case .powerLoss(let nodes): "power loss of \(nodes.map(\.description).joined(separator: " and "))"
        case .cut(let cut, let node, let milliseconds): "link of \(node) \(cut.rawValue) for \(milliseconds) ms"
        case .full(let disk, let node): "disk full under \(disk.rawValue) of \(node)"
        }
    }

    /// As it is counted.
    var category: String {
        guard case .cut(let cut, let node, _) = self else { return self.description }
        return "link of \(node) \(cut.rawValue)"
    }

    /// Whether whatever a node had in its memory is gone.
    func empties(_ node: Node) -> Bool {
        guard case .powerLoss(let nodes) = self else { return false }
        return nodes.contains(node)
    }

    /// What is tried at every event.
    static let everywhere: [Fault] = Self.kills + Self.losses + Self.cuts + Self.disks

    /// What is tried where most of the memory has yet to follow.
    static let ofPages: [Fault] = [.kill([.pageDaemon]), .kill([.pageGuard])]

    private static let kills: [Fault] = [
        .kill([.worker]), .kill([.guardian]), .kill([.agent]), .kill([.worker, .agent]), .kill([.guardian, .worker]),
        .kill([.guardian, .worker, .agent]),
    ]
    private static let losses: [Fault] = [.powerLoss([.node1]), .powerLoss([.node2]), .powerLoss([.node1, .node2])]
    private static let cuts: [Fault] = [
        .cut(.closed, of: .node2, milliseconds: 0), .cut(.unreachable, of: .node2, milliseconds: 2500),
        .cut(.unreachable, of: .node1, milliseconds: 2500), .cut(.blackHoled, of: .node2, milliseconds: 5000),
        .cut(.blackHoled, of: .node1, milliseconds: 5000),
    ]
    private static let disks: [Fault] = [
        .full(.areas, on: .node2), .full(.journal, on: .node2), .full(.journal, on: .node1),
    ]
}
