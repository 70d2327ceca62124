internal import Container
internal import HandOver
internal import Host
internal import Transfer

/// Finds out on the source what is compared with the destination. Changes nothing.
struct SourceSurvey {
    private let container: HostedContainer
    private let kind: MigrationKind
    private let node: SourceNode

    init(of container: HostedContainer, travelling kind: MigrationKind, from node: SourceNode) {
        self.container = container
        self.kind = kind
        self.node = node
    }

    func facts() throws -> SourceFacts {
        let findings = try SourceChecks(container: self.container, kind: self.kind).findings(
            programs: self.node.programs)
        // One that is not as it was when this was planned has no memory to look at.
        let isAlive = try self.kind.isOnline && self.container.isAlive()
        var facts = SourceFacts(
            node: NodeFacts(of: self.node.programs, criu: self.kind.isOnline), kind: self.kind,
            area: Fact { try Room(usedBy: self.container.area) },
            residentBytes: isAlive ? try self.container.residentBytes() : 0)
        facts.findings = findings
        facts.templates = Fact { try WantedTemplates.names(of: self.container.configuration) }
        facts.keepsTemplates = self.node.registry.global.keepsTemplates
        facts.technologies = self.technologies
        facts.rates = Fact {
            try self.container.configuration.rates.map { WantedRate(device: $0.device, networkClass: $0.networkClass) }
        }
        facts.isOnTheNetwork = self.container.network?.exists ?? false
        facts.externalMounts = try self.externalMounts
        facts.scripts = self.scripts
        // A CRIU that does not even say its version is a finding already.
        if self.kind.isOnline, findings.isEmpty {
            facts.processorImage = Fact { try self.node.programs.criu.processorImage() }
        }
        return facts
    }

    private var technologies: Fact<[String]> {
        Fact {
            let words = try self.container.configuration.technologies
            if let word = words.first(where: { !Technologies.isKnown($0) }),
                let setting = self.container.configuration.setting("TECHNOLOGIES")
            {
                throw setting.error("has \"\(word)\", which names no technology")
            }
            return words
        }
    }

    /// Those of config.json, and those that BINDMOUNT would have put there.
    private var externalMounts: [String] {
        get throws {
            let named = try self.container.configuration.bindMounts.compactMap(\.source)
            return Set(self.container.bundle.externalMounts + named).sorted()
        }
    }

    /// See: 'man 5 ctid.conf' of OpenVZ, "Action scripts".
    private var scripts: [String] {
        ["mount", "premount", "postmount", "umount", "postumount", "prestart", "start", "stop", "reinstall"]
            .map { self.node.layout.script($0, of: self.container.id) }
            .filter(DurableFile.exists)
    }
}

/// What must hold of a container here before it can travel as planned, whatever the destination is.
struct SourceChecks {
    let container: HostedContainer
    let kind: MigrationKind

    /// - Returns: what is in the way; nothing passes over these.
    /// - Throws: where the container cannot be looked at.
    func findings(programs: HostPrograms) throws -> [CheckFinding] {
        let found = try self.areaFindings() + self.stateFindings()
        guard self.kind.isOnline else { return found }
        // Processes that are not there, or not as planned, have no obstacles to look for.
        let obstacles = try found.isEmpty ? self.obstacles() : []
        return found + self.onlineFindings() + obstacles + self.criuFindings(programs)
    }

    private func areaFindings() throws -> [CheckFinding] {
        let (id, area) = (self.container.id, self.container.area)
        guard DurableFile.exists(area) else {
            return [CheckFinding(nil, .improperContainer, "CT \(id) has no private area at \(area)")]
        }
        var found: [CheckFinding] = []
        do { _ = try self.container.bundle.rootPath() } catch {
            found.append(CheckFinding(nil, .improperContainer, "\(error)"))
        }
        if case .path(let path) = self.container.bundle.network, self.container.network == nil {
            found.append(
                CheckFinding(
                    nil, .improperContainer,
                    "config.json of CT \(id) names the network namespace \(path), but the container has no NETIF from "
                        + "which it could be made at the destination"))
        }
        if try self.container.configuration.isTemporary {
            found.append(
                CheckFinding(nil, .improperContainer, "CT \(id) is temporary (VE_TYPE) and not migrated"))
        }
        return found
    }

    /// The plan was made for a container that runs, or for one that does not.
    private func stateFindings() throws -> [CheckFinding] {
        let status = try self.container.state()?.status
        switch status {
        case .running where self.kind.runsAtFirst, .stopped where !self.kind.runsAtFirst,
            nil where !self.kind.runsAtFirst:
            return []
        case .created, .paused, .running, .stopped, nil:
            return [
                CheckFinding(
                    nil, .improperContainer,
                    "CT \(self.container.id) is \(status?.rawValue ?? "stopped"); a container is migrated while it "
                        + "runs or while it is stopped")
            ]
        }
    }

    private func onlineFindings() -> [CheckFinding] {
        let id = self.container.id
        var found: [CheckFinding] = []
        // One that cannot be asked is found elsewhere.
        if let obstacle = try? self.container.runtime.checkpointObstacle(leavingPages: self.kind.isLazy) {
            found.append(
                CheckFinding(
                    nil, .liveMigrationFailed, "CT \(id) cannot be moved with its memory: \(obstacle)"))
        }
        if self.container.bundle.hasTerminal {
            found.append(
                CheckFinding(
                    nil, .liveMigrationFailed, "CT \(id) has a terminal (process.terminal), which CRIU cannot dump",
                    remedy: "move it without --online"))
        }
        if let network = self.container.network, !(network.exists && network.isPlugged) {
            found.append(
                CheckFinding(
                    nil, .improperContainer,
                    "CT \(id) runs without the network that its NETIF describes: the namespace \(network.path) or the "
                        + "devices \(network.interfaces.map(\.hostName).joined(separator: ", ")) are missing, or on no "
                        + "bridge"))
        }
        if case .host = self.container.bundle.network {
            found.append(
                CheckFinding(
                    nil, .liveMigrationFailed, "CT \(id) uses the network of this server, which cannot move",
                    remedy: "move it without --online"))
        }
        return found
    }

    private func obstacles() throws -> [CheckFinding] {
        let obstacles = try self.container.dumpObstacles()
        guard !obstacles.isEmpty else { return [] }
        return [
            CheckFinding(
                nil, .liveMigrationFailed, "it cannot be moved with its memory: \(obstacles.joined(separator: "; "))")
        ]
    }

    private func criuFindings(_ programs: HostPrograms) -> [CheckFinding] {
        do {
            try programs.criu.check()
            return []
        } catch {
            return [CheckFinding(nil, .liveMigrationFailed, "CRIU cannot work on this server: \(error)")]
        }
    }
}
