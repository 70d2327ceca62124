internal import ContainerHost
internal import HostAccess
internal import MigrationModel
internal import NodeConfiguration

/// The directories of this node that exist for one migration only.
struct WorkDirectories {
    let node: SourceNode
    let plan: MigrationPlan

    /// What is on disk for this migration alone.
    var state: String { self.node.stateDirectory(of: self.plan.migration) }
    /// The index of what was sent of the private area. On disk; it is kept with an area that the destination keeps, so
    /// that the next attempt need not read again what has not changed.
    var areaState: String {
        self.plan.kind.isCopy
            ? "\(self.state)/area" : "\(self.node.layout.journalDirectory)/areas/\(self.plan.identity)"
    }
    /// The index of CRIU's images, which are sent as a tree of their own. On disk.
    var imagesState: String { "\(self.state)/images" }
    /// CRIU's logs. They are kept after a failure, and named in its message.
    var logs: String { self.node.logDirectory(of: self.plan.migration) }
    /// What is gone with the next start of the server: images.
    var run: String { self.node.layout.runDirectory(self.plan.container) }

    func make() throws {
        for directory in [self.areaState, self.imagesState, self.logs] {
            try DurableFile.makeDirectories(directory, mode: 0o700)
        }
        try DurableFile.makeDirectories("\(self.run)/images", mode: 0o700)
    }

    func remove(withLogs: Bool, withIndex: Bool = true) throws {
        if withIndex { try AreaRemoval.remove(self.areaState) }
        try AreaRemoval.remove(self.state)
        try AreaRemoval.remove(self.run)
        if withLogs || (try? DurableFile.names(in: self.logs))?.isEmpty == true { try AreaRemoval.remove(self.logs) }
    }
}
