internal import AgentProtocol
internal import ContainerHost
internal import ContainerIdentity
internal import ContainerRuntime
internal import HostAccess
internal import MigrationJournal
internal import MigrationModel
internal import NodeConfiguration

/// Looks whether a container may come to this node. Changes nothing.
struct NodeInspector {
    let node: DestinationNode
    let arriving: ArrivingContainer

    func inspect() throws -> NodeInspection {
        var failures: [AgentRefusal] = []
        if self.arriving.node == self.node.identity {
            // Whatever else is in the way here is the container itself.
            failures = [AgentRefusal(.sameContainer, "this is the server that the container is on already")]
            return NodeInspection(
                failures: failures, highestEpoch: try self.highestEpoch(), runtimeVersion: nil, criuVersion: nil)
        }
        var criu: String?
        var runtime: String?
        do {
            let configuration = try ArrivalConfiguration(of: self.arriving, on: self.node.registry).configuration
            failures += try self.identityFailures() + self.placeFailures(configuration)
            runtime = self.runtimeVersion(configuration, &failures)
            failures += self.networkFailures(configuration) + self.bundleFailures()
        } catch let refusal as AgentRefusal {
            failures.append(refusal)
        }
        if self.arriving.arrival == .restored { criu = self.criuVersion(&failures) }
        return NodeInspection(
            failures: failures, highestEpoch: try self.highestEpoch(), runtimeVersion: runtime, criuVersion: criu)
    }

    func highestEpoch() throws -> UInt64 {
        guard let identity = JournalID(parsing: self.arriving.identity) else { return 0 }
        return UInt64(try self.node.journal.reader.highestEpoch(containerUUID: identity) ?? 0)
    }

    private func identityFailures() throws -> [AgentRefusal] {
        let same = try self.node.registry.containers(withUUID: self.arriving.identity)
        return try same.map {
            AgentRefusal(.identityConflict, "CT \($0) here has the same UUID \(self.arriving.identity)")
        } + self.unfinishedDepartures() + self.unfinishedArrivals()
    }

    /// A container must not come back while what is left of it from its last departure is still to be cleared away.
    private func unfinishedDepartures() throws -> [AgentRefusal] {
        try self.node.journal.openMigrations(as: SourceMigration.self)
            .filter {
                $0.identity == self.arriving.identity || $0.plan.container.description == self.arriving.container
            }
            .map { migration in
                AgentRefusal(
                    .locked,
                    "this server has not finished moving CT \(migration.plan.container) away (migration "
                        + "\(migration.migration.short) is \(migration.stateName)); run vzmigrate for it here first")
            }
    }

    /// What is left of an earlier arrival may still be removed, and must not be taken for this one's.
    private func unfinishedArrivals() throws -> [AgentRefusal] {
        try self.node.journal.openMigrations(as: DestinationMigration.self)
            .filter {
                $0.identity == self.arriving.identity || $0.plan.container.description == self.arriving.container
            }
            .map { migration in
                AgentRefusal(
                    .locked,
                    "an earlier migration of CT \(migration.plan.container) to this server "
                        + "(\(migration.migration.short)) is \(migration.stateName) and has not ended; run "
                        + "vzmigrate --recover here, and on its source")
            }
    }

    private func placeFailures(_ configuration: ContainerConfiguration) throws -> [AgentRefusal] {
        var failures: [AgentRefusal] = []
        if self.node.registry.isRegistered(configuration.id) {
            failures.append(
                AgentRefusal(.containerExists, "CT \(configuration.id) exists here; give a new id: CT:new_CT"))
        }
        if let runtime = try? self.node.programs.runtime(named: configuration.runtime),
            // One that cannot be asked is a failure of its own, below.
            let state = try? runtime.state(configuration.id.description)
        {
            failures.append(
                AgentRefusal(
                    .containerExists, "the runtime here has a container \(configuration.id), which is \(state.status)"))
        }
        let area = try configuration.privateArea
        if DurableFile.exists(area) {
            failures.append(AgentRefusal(.containerExists, "\(area) exists here and belongs to no arriving container"))
        }
        if let name = try configuration.name, let other = try self.node.registry.containers(named: name).first {
            failures.append(AgentRefusal(.nameConflict, "the name '\(name)' is that of CT \(other) here"))
        }
        return failures
    }

    private func runtimeVersion(
        _ configuration: ContainerConfiguration, _ failures: inout [AgentRefusal]
    ) -> String? {
        do {
            return try self.node.programs.runtime(named: configuration.runtime).version()
        } catch {
            failures.append(AgentRefusal(.agentUnusable, "the container's runtime cannot be used: \(error)"))
            return nil
        }
    }

    private func criuVersion(_ failures: inout [AgentRefusal]) -> String? {
        do {
            try self.node.programs.criu.check()
            return try self.node.programs.criu.version()
        } catch {
            failures.append(AgentRefusal(.agentUnusable, "CRIU cannot be used: \(error)"))
            return nil
        }
    }

    /// What the container's config.json names and another container here may have already.
    private func bundleFailures() -> [AgentRefusal] {
        guard self.arriving.arrival != .copied else { return [] }
        var taken: [String] = []
        if let namespace = self.arriving.networkNamespace, DurableFile.exists(namespace) {
            taken.append("the network namespace \(namespace)")
        }
        if let group = self.arriving.controlGroup, ControlGroups.areInUse(group) {
            taken.append("the control group \(group)")
        }
        return taken.map {
            AgentRefusal(
                .containerExists, "\($0), which config.json of the container names, is another container's here")
        }
    }

    /// The bridges have to be there and the devices not: nothing may fail any more once the container is let go.
    private func networkFailures(_ configuration: ContainerConfiguration) -> [AgentRefusal] {
        let interfaces: [ContainerInterface]
        do {
            interfaces = try configuration.containerInterfaces()
        } catch {
            return [AgentRefusal(.system, "\(error)")]
        }
        let bridges = interfaces.map(\.bridge).filter { !DurableFile.exists("/sys/class/net/\($0)/bridge") }
        let devices = interfaces.map(\.hostName).filter { DurableFile.exists("/sys/class/net/\($0)") }
        return bridges.map {
            AgentRefusal(.system, "the bridge \($0), which NETIF of CT \(configuration.id) names, is not here")
        }
            + devices.map {
                AgentRefusal(
                    .containerExists,
                    "the device \($0), which NETIF of CT \(configuration.id) names, exists here already")
            }
    }
}
