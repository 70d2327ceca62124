internal import AgentProtocol
internal import ContainerHost
internal import ContainerIdentity
internal import ContainerRuntime
internal import HostAccess
internal import MigrationModel
internal import NodeConfiguration

/// Looks at this server for an arriving container: identity, places, runtime, network.
struct ServerSurvey {
    let node: DestinationNode
    let arriving: ArrivingContainer

    func run() throws -> NodeSurvey {
        var survey = NodeSurvey()
        do {
            let configuration = try ArrivalConfiguration(of: self.arriving, on: self.node.registry).configuration
            survey.failures += try self.identityFailures() + self.placeFailures(configuration)
            survey.runtimeVersion = self.runtimeVersion(configuration, &survey.failures)
            survey.failures += self.networkFailures(configuration) + self.bundleFailures()
        } catch let refusal as AgentRefusal {
            survey.failures.append(refusal)
        }
        switch self.arriving.arrival {
        case .registered, .started, .copied: break
        case .restored: survey.criuVersion = self.criuVersion(&survey.failures)
        case .restoredLazily:
            survey.criuVersion = self.criuVersion(&survey.failures)
            if !UserFaults.areThere {
                survey.failures.append(
                    AgentRefusal(
                        .liveMigrationFailed,
                        "the kernel here has no userfaultfd, so that memory cannot follow the container; leave --lazy "
                            + "away"))
            }
        }
        return survey
    }

    private func identityFailures() throws -> [AgentRefusal] {
        try self.node.registry.containers(withUUID: self.arriving.identity).map {
            AgentRefusal(.identityConflict, "CT \($0) here has the same UUID \(self.arriving.identity)")
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
        if self.arriving.sharesStorage {
            failures += try self.sharedAreaFailures(area, of: configuration.id)
        } else if DurableFile.exists(area) {
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
