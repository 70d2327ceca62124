internal import ContainerHost
internal import ContainerIdentity
internal import ContainerRuntime
internal import HostAccess
internal import MigrationModel
internal import NodeConfiguration

/// What must hold of a container here before it can travel as planned.
struct SourceChecks {
    let container: HostedContainer
    let kind: MigrationKind

    /// - Returns: CRIU's version where the container travels with its memory.
    func run(programs: HostPrograms) throws -> String? {
        try self.checkArea()
        try self.checkState()
        guard self.kind.isOnline else { return nil }
        try self.checkOnline()
        try self.checkObstacles()
        do {
            let criu = programs.criu
            try criu.check()
            return try criu.version()
        } catch {
            throw StepFailure(.liveMigrationFailed, "CRIU cannot work on this server: \(error)")
        }
    }

    private func checkArea() throws {
        guard DurableFile.exists(self.container.area) else {
            throw StepFailure(
                .improperContainer, "CT \(self.container.id) has no private area at \(self.container.area)")
        }
        _ = try self.improper { try self.container.bundle.rootPath() }
        if case .path(let path) = self.container.bundle.network, self.container.network == nil {
            throw StepFailure(
                .improperContainer,
                "config.json of CT \(self.container.id) names the network namespace \(path), but the container has no "
                    + "NETIF from which it could be made at the destination")
        }
        let mounts = self.container.bundle.externalMounts
        guard mounts.isEmpty else {
            throw StepFailure(
                .externalBindMount,
                "CT \(self.container.id) mounts \(mounts.joined(separator: ", ")) from outside of its private area, "
                    + "which would not travel with it")
        }
        guard try !self.container.configuration.isTemporary else {
            throw StepFailure(.improperContainer, "CT \(self.container.id) is temporary (VE_TYPE) and not migrated")
        }
    }

    /// The plan was made for a container that runs, or for one that does not.
    private func checkState() throws {
        let status = try self.container.state()?.status
        switch status {
        case .running where self.kind.runsAtFirst, .stopped where !self.kind.runsAtFirst,
            nil where !self.kind.runsAtFirst:
            return
        case .created, .paused, .running, .stopped, nil:
            throw StepFailure(
                .improperContainer,
                "CT \(self.container.id) is \(status?.rawValue ?? "stopped"); a container is migrated while it runs or "
                    + "while it is stopped")
        }
    }

    private func checkOnline() throws {
        let id = self.container.id
        if let obstacle = try self.container.runtime.checkpointObstacle(leavingPages: self.kind.isLazy) {
            throw StepFailure(.liveMigrationFailed, "CT \(id) cannot be moved with its memory: \(obstacle)")
        }
        if self.container.bundle.hasTerminal {
            throw StepFailure(
                .liveMigrationFailed,
                "CT \(id) has a terminal (process.terminal), which CRIU cannot dump; move it without "
                    + "--online")
        }
        if let network = self.container.network, !(network.exists && network.isPlugged) {
            throw StepFailure(
                .improperContainer,
                "CT \(id) runs without the network that its NETIF describes: the namespace \(network.path) or the "
                    + "devices \(network.interfaces.map(\.hostName).joined(separator: ", ")) are missing, "
                    + "or on no bridge")
        }
        if case .host = self.container.bundle.network {
            throw StepFailure(
                .liveMigrationFailed,
                "CT \(id) uses the network of this server, which cannot move; move it without --online")
        }
    }

    private func checkObstacles() throws {
        let obstacles = try self.container.dumpObstacles()
        guard obstacles.isEmpty else {
            throw StepFailure(
                .liveMigrationFailed,
                "it cannot be moved with its memory: \(obstacles.joined(separator: "; "))")
        }
    }

    private func improper<Result>(_ deed: () throws -> Result) throws -> Result {
        do { return try deed() } catch { throw StepFailure(.improperContainer, "\(error)") }
    }
}
